//! The number of requests to the cloud, and the time until a revoked key is replaced. Prints one line per figure.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a benchmark fails by stopping")]

#[path = "../tests/support/mod.rs"]
mod support;

fn main() {
    println!("requests_per_day_database: {}", support::simulation::requests_in_a_day());
    println!("requests_cold_64_threads: {}", support::simulation::requests_of_64_cold_threads());
    println!("requests_per_week_managed: {}", support::simulation::requests_in_a_week_managed());
    println!("revoked_to_new_key_ms: {:.1}", support::simulation::revoked_to_new_key().as_secs_f64() * 1e3);
}
