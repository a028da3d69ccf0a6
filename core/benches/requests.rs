//! How often the cloud is asked: a line per figure.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a benchmark fails by stopping")]

#[path = "../tests/support/mod.rs"]
mod support;

fn main() {
    println!("requests_per_day_database: {}", support::simulation::requests_in_a_day());
    println!("requests_cold_64_threads: {}", support::simulation::requests_of_64_cold_threads());
}
