//! The allowed dependencies between modules, as `core/src/lib.rs` describes them. The tests fail on a forbidden
//! dependency, on a cycle of files in the core, the C layer or the emulator, and on a cloud's folder that uses another
//! cloud's. Code that is compiled for tests only is ignored. Start with the constants; `reader` parses a file, `graph`
//! finds dependencies.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]

mod graph;
mod reader;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use graph::{Module, Tree, cycles, show, split};
use reader::code_only;

/// A folder with one of these names, in the modules below, belongs to that cloud.
const CLOUDS: [&str; 2] = ["aliyun", "tencent"];

/// The modules of the core with one folder per cloud.
const CORE_CLOUD_PARENTS: [&str; 2] = ["client", "providers"];

/// The modules of the core outside of these folders that may use them: the functions that open sources, the table of
/// options, and the loading of the vendors' own files.
const CORE_DISPATCHERS: [&str; 3] = ["client", "client::config_load", "client::options"];

/// The emulator has one folder per cloud at its root.
const EMULATOR_CLOUD_PARENTS: [&str; 1] = [""];

/// The modules of the emulator that dispatch requests, control calls and state to a cloud.
const EMULATOR_DISPATCHERS: [&str; 4] = ["", "control", "service", "state"];

/// Used by all modules. They use nothing of the crate, not even each other.
const LEAVES: [&str; 4] = ["error", "log", "platform", "secret"];

/// The modules that each top-level module may use, in addition to itself and the leaves.
const ALLOWED: [(&str, &[&str]); 9] = [
    ("client", &["cache", "store", "providers", "http", "file"]),
    ("cache", &["providers", "http"]),
    ("store", &["providers"]),
    ("providers", &["sign", "http", "file", "der"]),
    ("sign", &["calendar"]),
    ("http", &["calendar", "der"]),
    ("file", &[]),
    ("calendar", &[]),
    ("der", &[]),
];

/// Of some modules, only these items: the cache passes the transport on without using it, and does not depend on
/// clouds.
const ALLOWED_ITEMS: [(&str, &str, &[&str]); 4] = [
    ("cache", "http", &["Http"]),
    (
        "cache",
        "providers",
        &["Context", "Fetched", "Material", "Notes", "Origin", "Provider", "SecretFacts", "Windows"],
    ),
    (
        "store",
        "providers",
        &[
            "Context",
            "Fetched",
            "Kind",
            "Material",
            "Notes",
            "Origin",
            "Provider",
            "SecretFacts",
            "Windows",
            "spawn_blocking_io",
        ],
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
            "certificate_ends",
            "is_host_and_port",
            "use_ring",
        ],
    ),
];

/// A longer file must be in the list, with a reason.
const MAX_LINES: usize = 400;
const LONGER_FILES: [&str; 0] = [];

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

/// The cloud in whose folder a module is.
fn cloud<'a>(parents: &[&str], module: &'a [String]) -> Option<&'a String> {
    let inside = |parent: &&str| module.strip_prefix(split(parent).as_slice());
    let name = parents.iter().find_map(inside)?.first()?;
    CLOUDS.contains(&name.as_str()).then_some(name)
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
            let theirs = cloud(parents, &to).cloned();
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
    for folder in ["core/src", "src"] {
        for file in rust_files(&repository().join(folder)) {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            let listed = LONGER_FILES.iter().any(|longer| file.ends_with(longer));
            assert!(lines <= MAX_LINES || listed, "{}: {lines} lines; split it by subject", file.display());
        }
    }
}

#[test]
fn the_reader_finds_paths() {
    let found = |module: &str, source: &str| {
        let tree = Tree::of_texts(&[(module, source)]);
        let mut found: Vec<String> = tree.paths(&split(module)).iter().map(|used| used.join("::")).collect();
        found.sort();
        found
    };
    assert_eq!(found("cache::entry", "use crate::error::{self, Code};"), ["error", "error::Code"]);
    assert_eq!(found("a::b", "use crate::{\n    x::{Y as Z, w::V},\n    z,\n};"), ["x::Y", "x::w::V", "z"]);
    assert_eq!(found("a::b", "use crate::x::*; use self::d;"), ["a::b::d", "x::*"]);
    assert_eq!(found("a::b::c", "use super::super::d::E; fn g() { super::f(); }"), ["a::b::f", "a::d::E"]);
    assert_eq!(found("a", "fn f() -> crate :: b::C<super::d::E> { crate::g::<u8>() }"), ["b::C", "d::E", "g"]);
    // By the name of a child and by an imported name; not a field, a method or another crate.
    assert_eq!(found("a", "mod b; pub(super) use b::C; fn f() { b::g(x.b, x::b()) }"), ["a::b::C", "a::b::g"]);
    assert_eq!(found("a", "use crate::b as c; fn f() { c::g(std::c::d()) }"), ["b", "b::g"]);
    let hidden = r##"
        // crate::comment
        /* crate::block */
        const A: &str = "crate::text \" crate::text";
        const B: &str = r#"crate::raw " crate::raw"#;
        const C: (char, char) = ('"', '\'');
        pub(super) fn it<'a>() -> &'a str { "" }
        pub(crate) use d::E;
        #[cfg(test)]
        mod tests { use crate::test::{X}; fn f() {} }
        #[cfg(all(test, target_os = "linux"))]
        mod more_tests { use crate::test::Y; }
        use crate::seen;
    "##;
    assert_eq!(found("a", hidden), ["seen"]);
}

#[test]
fn cycles_are_found() {
    let found = |texts: &[(&str, &str)]| cycles(&Tree::of_texts(texts).edges()).join("\n");
    let straight = [("", "mod a; mod b;"), ("a", "use crate::b::f;"), ("b", "pub fn f() {}")];
    assert_eq!(found(&straight), "");
    let pair = [("", "mod a; mod b;"), ("a", "use crate::b::f; pub fn g() {}"), ("b", "pub fn f() { super::a::g() }")];
    assert_eq!(found(&pair), "a cycle of 2 files:\n  a uses b by crate::b::f\n  b uses a by super::a::g");
    // By a child's name, and by the name of an imported module.
    let child = [("", "mod a;"), ("a", "mod b; use b::f; pub fn g() {}"), ("a::b", "use super::g; pub fn f() {}")];
    assert_eq!(found(&child), "a cycle of 2 files:\n  a uses a::b by b::f\n  a::b uses a by super::g");
    let module = [("", "mod a; mod b;"), ("a", "use crate::b; fn g() { b::f() }"), ("b", "use crate::a::g; fn f() {}")];
    assert!(found(&module).starts_with("a cycle of 2 files:"));
    let long = [
        ("", "mod a; mod b; mod c; mod d;"),
        ("a", "use crate::b::B; pub struct A;"),
        ("b", "use crate::c::*; pub struct B;"),
        ("c", "use crate::a::A; use crate::d::D;"),
        ("d", "pub struct D;"),
    ];
    assert!(found(&long).starts_with("a cycle of 3 files:") && !found(&long).contains(" d "));
    let only_tests = [
        ("", "mod a; mod b;"),
        ("a", "pub fn f() {} #[cfg(test)] mod t { use crate::b::g; }"),
        ("b", "use crate::a::f; pub fn g() {}"),
    ];
    assert_eq!(found(&only_tests), "");
}

#[test]
fn re_exports_are_followed() {
    let edges = |texts: &[(&str, &str)]| {
        let tree = Tree::of_texts(texts);
        tree.edges().into_keys().map(|(from, to)| format!("{} > {}", show(&from), show(&to))).collect::<Vec<_>>()
    };
    // A facade itself is no edge; a user of it depends on the files behind it.
    let facade = [
        ("", "mod a; mod b;"),
        ("a", "mod c; mod d; pub use c::C; pub(crate) use d::*;"),
        ("a::c", "use super::D; pub struct C;"),
        ("a::d", "pub struct D;"),
        ("b", "use crate::a::{C, D}; use crate::a;"),
    ];
    assert_eq!(edges(&facade), ["a::c > a::d", "b > a::c", "b > a::d"]);
    // A file that uses an item that it re-exports depends on it.
    let used = [("", "mod a;"), ("a", "mod c; pub use c::C; struct E(C);"), ("a::c", "pub struct C;")];
    assert_eq!(edges(&used), ["a > a::c"]);
    // A function and a module with the same name: the last word of a path is the function, one in the middle the
    // module.
    let both = [
        ("", "mod a; mod b; mod d;"),
        ("a", "mod f; mod g; pub use g::f;"),
        ("a::f", "pub fn h() {}"),
        ("a::g", "pub fn f() {}"),
        ("b", "fn x() { crate::a::f() }"),
        ("d", "fn x() { crate::a::f::h() }"),
    ];
    assert_eq!(edges(&both), ["b > a::g", "d > a::f"]);
    // Re-exported twice, under another name, and by a glob.
    let twice = [
        ("", "mod a; mod b; pub use a::N;"),
        ("a", "mod c; pub use c::C as N;"),
        ("a::c", "pub enum C { V }"),
        ("b", "use crate::N::V; use crate::a::*;"),
    ];
    assert_eq!(edges(&twice), ["b > a", "b > a::c"]);
}

#[test]
fn forbidden_dependencies_are_found() {
    let forbidden = |from: &str, to: &str| violation(&split(from), &split(to)).is_some();
    assert!(!forbidden("client::tencent::database", "providers::tencent::api::Caller"));
    assert!(forbidden("client::tencent::database", "sign::tc3"));
    assert!(forbidden("cache::entry", "client::Config"));
    assert!(forbidden("cache::entry", "providers::tencent::api"), "the cache is independent of clouds");
    assert!(forbidden("cache::flight", "http::Request"), "the cache sends no requests");
    assert!(forbidden("store::keys", "cache::Source") && forbidden("cache::entry", "store::Store"));
    assert!(forbidden("store", "providers::tencent::api"), "the store is independent of clouds");
    assert!(forbidden("providers::tencent::api", "cache::Source"));
    assert!(!forbidden("providers::tencent::api", "providers::Context"));
    assert!(forbidden("http::transport", "providers::Context"));
    assert!(forbidden("sign::tc3", "http::Request"));
    assert!(!forbidden("sign::tc3", "secret::Secret"));
    assert!(forbidden("error", "secret::Secret") && forbidden("platform::manual", "error::Error"));
    assert!(forbidden("novelty", "cache::Source") && forbidden("cache::entry", "novelty"));
}

#[test]
fn dependencies_between_clouds_are_found() {
    let forbidden = |from: &str, to: &str| {
        cloud_violation(&CORE_CLOUD_PARENTS, &CORE_DISPATCHERS, &split(from), &split(to)).is_some()
    };
    assert!(forbidden("providers::tencent::api", "providers::aliyun::api"));
    assert!(forbidden("client::tencent::identity", "client::aliyun::identity"));
    assert!(forbidden("client::tencent::identity", "providers::aliyun::identity::Role"));
    assert!(!forbidden("client::tencent::identity", "providers::tencent::identity::Role"));
    assert!(!forbidden("client::tencent::identity", "client::tencent::endpoint::domain"));
    assert!(!forbidden("client::tencent::identity", "client::config::Config"));
    assert!(forbidden("providers", "providers::tencent::api") && forbidden("providers::chain", "providers::tencent"));
    assert!(
        forbidden("client::config", "client::aliyun::official") && forbidden("client::core", "providers::aliyun::rpc")
    );
    assert!(
        !forbidden("client", "client::aliyun::managed") && !forbidden("client::options", "client::tencent::options")
    );
    assert!(forbidden("client::options::general", "client::tencent::options"));

    let forbidden = |from: &str, to: &str| {
        cloud_violation(&EMULATOR_CLOUD_PARENTS, &EMULATOR_DISPATCHERS, &split(from), &split(to)).is_some()
    };
    assert!(forbidden("aliyun::oss::list", "tencent::params::Call") && forbidden("http", "aliyun::key"));
    assert!(!forbidden("service", "aliyun::gateway") && !forbidden("aliyun::oss::list", "aliyun::key"));

    // An item behind a facade still belongs to the cloud.
    let facade = [
        ("", "mod client;"),
        ("client", "mod aliyun; mod core; pub use aliyun::Secret;"),
        ("client::aliyun", "pub struct Secret;"),
        ("client::core", "use super::Secret;"),
    ];
    let found = cloud_violations(&Tree::of_texts(&facade), &CORE_CLOUD_PARENTS, &CORE_DISPATCHERS);
    assert_eq!(found, ["client::core uses client::aliyun: code for all clouds must not depend on one"]);
}
