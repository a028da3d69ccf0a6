//! Fuzz targets for the parsers of what others wrote. As a test, each runs over its seeds, its kept corpus in
//! `core/fuzz/corpus`, and some mutations that are the same in every run. `make fuzz TARGET=... SECONDS=...` runs one for longer.
//! `targets` are the targets, `seeds` their first inputs, `mutate` changes inputs.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]
#![allow(clippy::print_stdout, reason = "a fuzzer reports its progress")]

mod answers;
#[path = "../support/folder.rs"]
mod folder;
mod mutate;
mod opened;
mod seal;
mod seeds;
mod shown;
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mutate::Mutator;
use targets::{TARGETS, Target};

/// The mutations of each target in an ordinary test.
const MUTATIONS: usize = 200;
/// A wide bound on the time of one input.
const LONGEST: Duration = Duration::from_secs(30);

/// The kept inputs of a target.
fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target.name);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Runs one input. One that fails is kept in `target/fuzz`.
fn run(target: &Target, input: &[u8]) {
    let begin = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    if result.is_err() || begin.elapsed() > LONGEST {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/fuzz");
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{}-{}", target.name, seal::sha256_hex(input)));
        std::fs::write(&path, input).unwrap();
        panic!("the target {} failed after {:?}; its input is in {}", target.name, begin.elapsed(), path.display());
    }
}

fn inputs(target: &Target) -> Vec<Vec<u8>> {
    let inputs = [(target.seeds)(), corpus(target)].concat();
    assert!(inputs.len() >= 3, "the target {} has too few seeds", target.name);
    inputs
}

fn run_over_corpus(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let inputs = inputs(target);
    inputs.iter().for_each(|input| run(target, input));
    let mut mutator = Mutator::new(1);
    for _ in 0..MUTATIONS / target.cost {
        run(target, &mutator.mutated(&inputs));
    }
}

macro_rules! tests {
    ($($name:ident),*) => {
        $(#[test] fn $name() { run_over_corpus(stringify!($name)); })*

        #[test]
        fn every_target_is_a_test() {
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
        }
    };
}

tests!(
    client_key,
    cache_file,
    properties,
    options,
    regions,
    tencent_answers,
    tencent_token,
    aliyun_answers,
    secret_values,
    official_cache,
    profiles,
    dedicated,
    certificates
);

/// `make fuzz`: EVERCRED_FUZZ is `<target>:<seconds>:<seed>`; without a seed the clock gives one.
#[test]
fn for_longer() {
    let Ok(wanted) = std::env::var("EVERCRED_FUZZ") else { return };
    let mut parts = wanted.split(':');
    let name = parts.next().unwrap_or_default();
    let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        panic!("there is no target {name:?}; the targets are {}", names.join(", "));
    };
    let seconds: u64 = parts.next().and_then(|text| text.parse().ok()).unwrap_or(60);
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
    let seed: u64 = parts.next().and_then(|text| text.parse().ok()).unwrap_or(clock);
    println!("fuzz {name}: {seconds} s, seed {seed}");
    let inputs = inputs(target);
    let mut mutator = Mutator::new(seed);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut count: u64 = 0;
    while Instant::now() < end {
        run(target, &mutator.mutated(&inputs));
        count += 1;
    }
    println!("fuzz {name}: {count} inputs, none failed");
}
