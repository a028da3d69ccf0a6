//! The interface of the shared library: the exported functions, its SONAME, and the flag that keeps it loaded.
//!
//! `EVERCRED_SYMS=write` rewrites the list, `abi/evercred.syms`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails the test; clippy's exception for tests sees only #[test] functions"
)]

mod support;

use std::fs;
use std::process::Command;
use std::time::Duration;

use support::{library, repository, run_well, tool};

const LIMIT: Duration = Duration::from_secs(60);

fn exported() -> Vec<String> {
    let mut command = Command::new(tool("nm"));
    command.args(["--dynamic", "--defined-only", "--format=posix"]).arg(library().shared());
    let mut names: Vec<String> =
        run_well(&mut command, LIMIT).lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    names.sort();
    names
}

#[test]
fn exports_equal_the_list() {
    let names = exported();
    assert!(names.iter().all(|name| name.starts_with("evercred_")), "{names:?}");
    let file = repository("abi/evercred.syms");
    let found = names.iter().map(|name| format!("{name}\n")).collect::<String>();
    if std::env::var("EVERCRED_SYMS").is_ok_and(|value| value == "write") {
        fs::create_dir_all(file.parent().expect("a folder")).expect("the folder of the list");
        fs::write(&file, &found).expect("the list can be written");
    }
    let listed = fs::read_to_string(&file).unwrap_or_default();
    let missing: Vec<&str> = listed.lines().filter(|name| !names.iter().any(|it| it == name)).collect();
    let added: Vec<&String> = names.iter().filter(|name| !listed.lines().any(|it| it == name.as_str())).collect();
    assert!(
        missing.is_empty() && added.is_empty(),
        "abi/evercred.syms differs from the library: removed {missing:?}, added {added:?}; a removed function breaks \
         programs, an added one is written by EVERCRED_SYMS=write"
    );
    assert_eq!(listed, found, "the list is sorted, one name a line");
}

/// The header declares every function that a program can call.
#[test]
fn header_declares_every_export() {
    let header = fs::read_to_string(repository("include/evercred.h")).expect("the header");
    for name in exported() {
        assert!(header.contains(&format!("{name}(")), "{name} is exported but not in the header");
    }
}

#[test]
fn soname_and_flags() {
    let dynamic = run_well(Command::new(tool("readelf")).args(["-d", "-W"]).arg(library().shared()), LIMIT);
    let line = |tag: &str| dynamic.lines().find(|line| line.contains(tag)).unwrap_or_default().to_owned();
    assert!(line("(SONAME)").contains("[libevercred.so.0]"), "{dynamic}");
    assert!(line("(FLAGS_1)").contains("NODELETE"), "{dynamic}");
    // Only libraries that every Linux system has.
    for needed in dynamic.lines().filter(|line| line.contains("(NEEDED)")) {
        let known =
            ["libc.so", "libgcc_s.so", "libm.so", "libpthread.so", "libdl.so", "librt.so", "ld-linux", "libc.musl"];
        assert!(known.iter().any(|name| needed.contains(name)), "{needed}");
    }
}
