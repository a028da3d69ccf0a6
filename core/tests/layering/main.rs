//! The allowed dependencies between modules, as `core/src/lib.rs` describes them. The tests fail on a forbidden
//! dependency, on a cycle of files in the core, the C layer or the emulator, and on a cloud's folder that uses another
//! cloud's. Code that is compiled for tests only is ignored. Start with the constants; `reader` parses a file, `graph`
//! finds dependencies.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]

mod graph;
mod reader;
mod self_tests;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use evercred_core::client::options::CLOUDS;

use graph::{Module, Tree, cycles, show, split};
use reader::code_only;

/// The modules of the core with one folder per cloud, which has the cloud's name in `CLOUDS`.
const CORE_CLOUD_PARENTS: [&str; 2] = ["client", "providers"];

/// The modules of the core outside of these folders that may use them: the functions that open sources, the table of
/// options, and the loading of the vendors' own files.
const CORE_DISPATCHERS: [&str; 3] = ["client", "client::config_load", "client::options"];

/// The cloud of each signature: `sign` has a file per signature instead of folders.
const SIGNATURES: [(&str, &str); 7] = [
    ("acs3", "aliyun"),
    ("aliyun_rpc", "aliyun"),
    ("dkms", "aliyun"),
    ("oss_v1", "aliyun"),
    ("oss_v4", "aliyun"),
    ("tc3", "tencent"),
    ("tencent_legacy", "tencent"),
];

/// The modules of `sign` that all signatures share.
const SHARED_BY_SIGNATURES: [&str; 5] = ["encode", "headers", "mac", "rsa", "utc"];

/// The emulator has one folder per cloud at its root.
const EMULATOR_CLOUD_PARENTS: [&str; 1] = [""];

/// The modules of the emulator that dispatch requests, control calls and state to a cloud.
const EMULATOR_DISPATCHERS: [&str; 4] = ["", "control", "service", "state"];

/// Used by all modules. They use nothing of the crate, not even each other.
const LEAVES: [&str; 4] = ["error", "log", "platform", "secret"];

/// The modules that each top-level module may use, in addition to itself and the leaves.
const ALLOWED: [(&str, &[&str]); 11] = [
    ("client", &["cache", "store", "providers", "http", "file", "blocking", "slow_wait"]),
    ("cache", &["providers", "http", "slow_wait"]),
    ("store", &["providers"]),
    ("providers", &["sign", "http", "file", "der", "blocking", "slow_wait"]),
    ("sign", &["calendar"]),
    ("http", &["calendar", "der", "blocking"]),
    ("blocking", &["slow_wait"]),
    ("slow_wait", &[]),
    ("file", &[]),
    ("calendar", &[]),
    ("der", &[]),
];

/// Of some modules, only these items: the cache passes the transport on without using it, and does not depend on
/// clouds.
const ALLOWED_ITEMS: [(&str, &str, &[&str]); 4] = [
    ("cache", "http", &["Http", "RoutedHttp"]),
    (
        "cache",
        "providers",
        &["Context", "Fetched", "Material", "Notes", "Origin", "Provider", "SecretFacts", "Windows"],
    ),
    (
        "store",
        "providers",
        &["Context", "Fetched", "Kind", "Material", "Notes", "Origin", "Provider", "SecretFacts", "Windows", "json"],
    ),
    (
        "client",
        "http",
        &[
            "Endpoint",
            "Http",
            "HttpSettings",
            "ProxyChoice",
            "Route",
            "RoutedHttp",
            "certificate_ends",
            "unusable_certificate",
            "is_host_and_port",
            "is_region",
        ],
    ),
];

/// The maximum length of a file.
const MAX_LINES: usize = 400;

/// Why a dependency is forbidden; `None` if it is allowed.
fn violation(module: &[String], used: &[String]) -> Option<String> {
    let from = module.first()?.as_str();
    let to = used.first()?.as_str();
    let forbidden = |why: &str| Some(format!("{} uses crate::{}: {why}", module.join("::"), used.join("::")));
    if from == to {
        return None;
    }
    if LEAVES.contains(&from) {
        return forbidden("a leaf has no dependencies");
    }
    if LEAVES.contains(&to) {
        return None;
    }
    let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == from) else {
        return forbidden("the module is not in the list of allowed dependencies");
    };
    if !allowed.contains(&to) {
        return forbidden("not an allowed dependency");
    }
    let item = used.get(1).map(String::as_str).unwrap_or_default();
    match ALLOWED_ITEMS.iter().find(|(name, other, _)| *name == from && *other == to) {
        Some((_, _, items)) if !items.contains(&item) => forbidden("not an allowed item of that module"),
        _ => None,
    }
}

/// The cloud in whose folder a module is, or whose signature it is.
fn cloud<'a>(parents: &[&str], module: &'a [String]) -> Option<&'a str> {
    if let ([first, signature, ..], true) = (module, *parents == CORE_CLOUD_PARENTS)
        && first == "sign"
    {
        return SIGNATURES.iter().find(|(name, _)| name == signature).map(|(_, cloud)| *cloud);
    }
    let inside = |parent: &&str| module.strip_prefix(split(parent).as_slice());
    let name = parents.iter().find_map(inside)?.first()?.as_str();
    CLOUDS.contains(&name).then_some(name)
}

/// Why a dependency on a cloud's folder is forbidden; `None` for the cloud itself and for dispatchers.
fn cloud_violation(parents: &[&str], dispatchers: &[&str], module: &Module, used: &[String]) -> Option<String> {
    let theirs = cloud(parents, used)?;
    let why = match cloud(parents, module) {
        Some(ours) if ours == theirs => return None,
        Some(_) => "the folder of another cloud",
        None if dispatchers.iter().any(|name| split(name) == *module) => return None,
        None => "code for all clouds must not depend on one",
    };
    Some(format!("{} uses {}: {why}", show(module), used.join("::")))
}

/// One line per module and cloud, with an example.
fn cloud_violations(tree: &Tree, parents: &[&str], dispatchers: &[&str]) -> Vec<String> {
    let paths =
        tree.modules().flat_map(|module| tree.paths(module).into_iter().map(move |used| (module.clone(), used)));
    let mut found = BTreeMap::new();
    for (from, to) in paths.chain(tree.edges().into_keys()) {
        if let Some(violation) = cloud_violation(parents, dispatchers, &from, &to) {
            let theirs = cloud(parents, &to).map(String::from);
            found.entry((from, theirs)).or_insert(violation);
        }
    }
    found.into_values().collect()
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn core() -> Tree {
    Tree::read(&repository().join("core/src/lib.rs"))
}

fn c_layer() -> Tree {
    Tree::read(&repository().join("src/lib.rs"))
}

fn emulator() -> Tree {
    Tree::read(&repository().join("emulator/src/lib.rs"))
}

#[test]
fn every_dependency_is_allowed() {
    let core = core();
    let mut violations = Vec::new();
    let mut uses = 0;
    for module in core.modules() {
        for used in core.paths(module) {
            uses += 1;
            violations.extend(violation(module, &used));
        }
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
    assert!(uses > 200, "only {uses} dependencies were found: the reader is broken");
}

#[test]
fn every_file_is_read() {
    for (folder, tree) in [("core/src", core()), ("src", c_layer()), ("emulator/src", emulator())] {
        let seen: Vec<&PathBuf> = tree.files().collect();
        let texts: Vec<String> = seen.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
        for file in rust_files(&repository().join(folder)) {
            // The emulator's program is another crate; files of tests are not part of the library.
            let name = file.file_name().unwrap().to_str().unwrap();
            let of_program = folder == "emulator/src" && matches!(name, "main.rs" | "arguments.rs");
            let declared_for_tests = format!("#[cfg(test)]\nmod {};", name.trim_end_matches(".rs"));
            let of_tests = texts.iter().any(|text| text.contains(&declared_for_tests));
            let known = of_program || of_tests || seen.contains(&&file);
            assert!(known, "{} is in no `mod` declaration", file.display());
        }
    }
}

#[test]
fn no_cycle_in_the_core() {
    assert_no_cycle(&core());
}

#[test]
fn no_cycle_in_the_c_layer() {
    assert_no_cycle(&c_layer());
}

#[test]
fn no_cycle_in_the_emulator() {
    assert_no_cycle(&emulator());
    assert_no_cycle(&Tree::read(&repository().join("emulator/src/main.rs")));
}

fn assert_no_cycle(tree: &Tree) {
    let found = cycles(&tree.edges());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn clouds_of_the_core_are_independent() {
    let found = cloud_violations(&core(), &CORE_CLOUD_PARENTS, &CORE_DISPATCHERS);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_signature_has_a_cloud() {
    for module in core().modules().filter(|module| module.len() > 1 && module[0] == "sign") {
        let name = module[1].as_str();
        let known = SHARED_BY_SIGNATURES.contains(&name) || SIGNATURES.iter().any(|(signature, _)| *signature == name);
        assert!(known, "sign::{name} is neither in `SIGNATURES` nor shared");
    }
    assert!(SIGNATURES.iter().all(|(_, cloud)| CLOUDS.contains(cloud)));
}

#[test]
fn clouds_of_the_emulator_are_independent() {
    let found = cloud_violations(&emulator(), &EMULATOR_CLOUD_PARENTS, &EMULATOR_DISPATCHERS);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_c_layer_uses_the_public_modules_only() {
    // How a value is fetched, signed and sent is internal to the core.
    for file in rust_files(&repository().join("src")) {
        let code = code_only(&fs::read_to_string(&file).unwrap());
        for hidden in ["http", "sign", "store", "file", "providers::tencent", "providers::aliyun"] {
            assert!(!code.contains(&format!("evercred_core::{hidden}")), "{}: {hidden}", file.display());
        }
    }
}

/// The environment of the process reaches the core through its platform, and through the loading of a configuration.
#[test]
fn the_environment_is_read_in_two_files() {
    let readers: Vec<PathBuf> = rust_files(&repository().join("core/src"))
        .into_iter()
        .filter(|file| {
            let code = code_only(&fs::read_to_string(file).unwrap());
            code.contains("std::env") || code.contains("env::var") || code.contains("env::current_dir")
        })
        .collect();
    let expected =
        ["client/config_load.rs", "platform/standard.rs"].map(|file| repository().join("core/src").join(file));
    assert_eq!(readers, expected);
}

#[test]
fn no_file_is_too_long() {
    for folder in ["core/src", "core/tests", "src", "tests", "emulator/src", "emulator/tests"] {
        for file in rust_files(&repository().join(folder)) {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            assert!(lines <= MAX_LINES, "{}: {lines} lines; split it by subject", file.display());
        }
    }
}
