//! Who may use whom. The picture is in `core/src/lib.rs`: this fails on an edge that is not in it, on a circle of files in
//! the core, the layer for C or the emulator, and on a cloud's room that uses another cloud's. What only tests compile is
//! left aside. Start at the constants; `reader` reads a file, `graph` finds who uses whom.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]

mod graph;
mod reader;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use graph::{Module, Tree, circles, show, split};
use reader::code_only;

/// The folders of these names, in the rooms below, belong to one cloud each.
const CLOUDS: [&str; 2] = ["aliyun", "tencent"];

/// The rooms of the core that have one folder a cloud.
const CORE_CLOUD_ROOMS: [&str; 2] = ["client", "providers"];

/// The modules of the core outside of these folders that may name them: the functions that open sources, the
/// table of options, and the loading of the vendors' own files.
const CORE_DISPATCHERS: [&str; 3] = ["client", "client::config_load", "client::options"];

/// The emulator has one folder a cloud at its root.
const EMULATOR_CLOUD_ROOMS: [&str; 1] = [""];

/// The modules of the emulator that hand requests, control calls and state to a cloud.
const EMULATOR_DISPATCHERS: [&str; 4] = ["", "control", "service", "state"];

/// Used by all. They use nothing of the crate, not even each other: a change in one stays there.
const LEAVES: [&str; 4] = ["error", "log", "platform", "secret"];

/// What each room may use; itself and the leaves go without saying, but for leaves.
const MAY_USE: [(&str, &[&str]); 9] = [
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

/// Of some rooms, only this much: the cache hands the transport on without using it, and knows no cloud.
const ONLY: [(&str, &str, &[&str]); 4] = [
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

/// A file may be longer than this only if it is named here, with the reason.
const MOST_LINES: usize = 400;
const LONGER_FILES: [&str; 0] = [];

/// What is wrong with a use; none where it is in the picture.
fn objection(module: &[String], used: &[String]) -> Option<String> {
    let from = module.first()?.as_str();
    let to = used.first()?.as_str();
    let complain = |why: &str| Some(format!("{} uses crate::{}: {why}", module.join("::"), used.join("::")));
    if from == to {
        return None;
    }
    if LEAVES.contains(&from) {
        return complain("a leaf uses nothing");
    }
    if LEAVES.contains(&to) {
        return None;
    }
    let Some((_, may)) = MAY_USE.iter().find(|(room, _)| *room == from) else {
        return complain("a room that is not in the picture");
    };
    if !may.contains(&to) {
        return complain("not in the picture");
    }
    let item = used.get(1).map(String::as_str).unwrap_or_default();
    match ONLY.iter().find(|(room, other, _)| *room == from && *other == to) {
        Some((_, _, items)) if !items.contains(&item) => complain("more of that room than it may use"),
        _ => None,
    }
}

/// The cloud in whose folder a module is.
fn cloud<'a>(rooms: &[&str], module: &'a [String]) -> Option<&'a String> {
    let inside = |room: &&str| module.strip_prefix(split(room).as_slice());
    let name = rooms.iter().find_map(inside)?.first()?;
    CLOUDS.contains(&name.as_str()).then_some(name)
}

/// What is wrong with a use of a cloud's room; none where it is the cloud's own or a dispatcher's.
fn cloud_objection(rooms: &[&str], dispatchers: &[&str], module: &Module, used: &[String]) -> Option<String> {
    let theirs = cloud(rooms, used)?;
    let why = match cloud(rooms, module) {
        Some(ours) if ours == theirs => return None,
        Some(_) => "another cloud's room",
        None if dispatchers.iter().any(|name| split(name) == *module) => return None,
        None => "what all clouds share knows none of them",
    };
    Some(format!("{} uses {}: {why}", show(module), used.join("::")))
}

/// One line for each module and cloud, with an example.
fn cloud_objections(tree: &Tree, rooms: &[&str], dispatchers: &[&str]) -> Vec<String> {
    let said = tree.modules().flat_map(|module| tree.said(module).into_iter().map(move |used| (module.clone(), used)));
    let mut found = BTreeMap::new();
    for (from, to) in said.chain(tree.edges().into_keys()) {
        if let Some(objection) = cloud_objection(rooms, dispatchers, &from, &to) {
            let theirs = cloud(rooms, &to).cloned();
            found.entry((from, theirs)).or_insert(objection);
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

fn layer_for_c() -> Tree {
    Tree::read(&repository().join("src/lib.rs"))
}

fn emulator() -> Tree {
    Tree::read(&repository().join("emulator/src/lib.rs"))
}

#[test]
fn every_use_is_in_the_picture() {
    let core = core();
    let mut objections = Vec::new();
    let mut uses = 0;
    for module in core.modules() {
        for used in core.said(module) {
            uses += 1;
            objections.extend(objection(module, &used));
        }
    }
    assert!(objections.is_empty(), "{}", objections.join("\n"));
    assert!(uses > 200, "only {uses} uses were found: the reader is broken");
}

#[test]
fn no_file_is_overlooked() {
    for (folder, tree) in [("core/src", core()), ("src", layer_for_c()), ("emulator/src", emulator())] {
        let seen: Vec<&PathBuf> = tree.files().collect();
        for file in rust_files(&repository().join(folder)) {
            // The emulator's program is a crate of its own; files of tests are no part of the library.
            let name = file.file_name().unwrap().to_str().unwrap();
            let of_tests = name.ends_with("tests.rs") || name == "thread_tags.rs";
            let other = of_tests || folder == "emulator/src" && matches!(name, "main.rs" | "arguments.rs");
            assert!(other || seen.contains(&&file), "{} is in no `mod` declaration", file.display());
        }
    }
}

#[test]
fn no_circle_in_the_core() {
    assert_no_circle(&core());
}

#[test]
fn no_circle_in_the_layer_for_c() {
    assert_no_circle(&layer_for_c());
}

#[test]
fn no_circle_in_the_emulator() {
    assert_no_circle(&emulator());
    assert_no_circle(&Tree::read(&repository().join("emulator/src/main.rs")));
}

fn assert_no_circle(tree: &Tree) {
    let found = circles(&tree.edges());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_core_keeps_its_clouds_apart() {
    let found = cloud_objections(&core(), &CORE_CLOUD_ROOMS, &CORE_DISPATCHERS);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_emulator_keeps_its_clouds_apart() {
    let found = cloud_objections(&emulator(), &EMULATOR_CLOUD_ROOMS, &EMULATOR_DISPATCHERS);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_layer_for_c_sees_no_room_but_what_it_hands_on() {
    // The core's inside is none of its business: how a value is fetched, signed and sent.
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
fn no_file_grows_into_two_rooms() {
    for folder in ["core/src", "src"] {
        for file in rust_files(&repository().join(folder)) {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            let listed = LONGER_FILES.iter().any(|longer| file.ends_with(longer));
            assert!(lines <= MOST_LINES || listed, "{}: {lines} lines; it is probably two rooms", file.display());
        }
    }
}

#[test]
fn the_reader_sees_what_it_should() {
    let found = |module: &str, source: &str| {
        let tree = Tree::of_texts(&[(module, source)]);
        let mut found: Vec<String> = tree.said(&split(module)).iter().map(|used| used.join("::")).collect();
        found.sort();
        found
    };
    assert_eq!(found("cache::entry", "use crate::error::{self, Code};"), ["error", "error::Code"]);
    assert_eq!(found("a::b", "use crate::{\n    x::{Y as Z, w::V},\n    z,\n};"), ["x::Y", "x::w::V", "z"]);
    assert_eq!(found("a::b", "use crate::x::*; use self::d;"), ["a::b::d", "x::*"]);
    assert_eq!(found("a::b::c", "use super::super::d::E; fn g() { super::f(); }"), ["a::b::f", "a::d::E"]);
    assert_eq!(found("a", "fn f() -> crate :: b::C<super::d::E> { crate::g::<u8>() }"), ["b::C", "d::E", "g"]);
    // By the name of a child and by a name that was imported; not a field, a method or another crate.
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
fn circles_are_found() {
    let found = |texts: &[(&str, &str)]| circles(&Tree::of_texts(texts).edges()).join("\n");
    let straight = [("", "mod a; mod b;"), ("a", "use crate::b::f;"), ("b", "pub fn f() {}")];
    assert_eq!(found(&straight), "");
    let pair = [("", "mod a; mod b;"), ("a", "use crate::b::f; pub fn g() {}"), ("b", "pub fn f() { super::a::g() }")];
    assert_eq!(found(&pair), "a circle of 2 files:\n  a uses b by crate::b::f\n  b uses a by super::a::g");
    // By a child's name, and by the name of an imported module.
    let child = [("", "mod a;"), ("a", "mod b; use b::f; pub fn g() {}"), ("a::b", "use super::g; pub fn f() {}")];
    assert_eq!(found(&child), "a circle of 2 files:\n  a uses a::b by b::f\n  a::b uses a by super::g");
    let module = [("", "mod a; mod b;"), ("a", "use crate::b; fn g() { b::f() }"), ("b", "use crate::a::g; fn f() {}")];
    assert!(found(&module).starts_with("a circle of 2 files:"));
    let long = [
        ("", "mod a; mod b; mod c; mod d;"),
        ("a", "use crate::b::B; pub struct A;"),
        ("b", "use crate::c::*; pub struct B;"),
        ("c", "use crate::a::A; use crate::d::D;"),
        ("d", "pub struct D;"),
    ];
    assert!(found(&long).starts_with("a circle of 3 files:") && !found(&long).contains(" d "));
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
    // A facade alone is no edge, and who uses it uses what is behind.
    let facade = [
        ("", "mod a; mod b;"),
        ("a", "mod c; mod d; pub use c::C; pub(crate) use d::*;"),
        ("a::c", "use super::D; pub struct C;"),
        ("a::d", "pub struct D;"),
        ("b", "use crate::a::{C, D}; use crate::a;"),
    ];
    assert_eq!(edges(&facade), ["a::c > a::d", "b > a::c", "b > a::d"]);
    // A file that uses what it re-exports does use it.
    let used = [("", "mod a;"), ("a", "mod c; pub use c::C; struct E(C);"), ("a::c", "pub struct C;")];
    assert_eq!(edges(&used), ["a > a::c"]);
    // A function with its module's name: the last word of a path is the function, one in the middle the module.
    let both = [
        ("", "mod a; mod b; mod d;"),
        ("a", "mod f; mod g; pub use g::f;"),
        ("a::f", "pub fn h() {}"),
        ("a::g", "pub fn f() {}"),
        ("b", "fn x() { crate::a::f() }"),
        ("d", "fn x() { crate::a::f::h() }"),
    ];
    assert_eq!(edges(&both), ["b > a::g", "d > a::f"]);
    // Twice, under another name, and all at once.
    let twice = [
        ("", "mod a; mod b; pub use a::N;"),
        ("a", "mod c; pub use c::C as N;"),
        ("a::c", "pub enum C { V }"),
        ("b", "use crate::N::V; use crate::a::*;"),
    ];
    assert_eq!(edges(&twice), ["b > a", "b > a::c"]);
}

#[test]
fn the_picture_is_enforced() {
    let objects = |from: &str, to: &str| objection(&split(from), &split(to)).is_some();
    assert!(!objects("client::tencent::database", "providers::tencent::api::Caller"));
    assert!(objects("client::tencent::database", "sign::tc3"));
    assert!(objects("cache::entry", "client::Config"));
    assert!(objects("cache::entry", "providers::tencent::api"), "the cache knows no cloud");
    assert!(objects("cache::flight", "http::Request"), "the cache sends nothing");
    assert!(objects("store::keys", "cache::Source") && objects("cache::entry", "store::Store"));
    assert!(objects("store", "providers::tencent::api"), "the store knows no cloud");
    assert!(objects("providers::tencent::api", "cache::Source"));
    assert!(!objects("providers::tencent::api", "providers::Context"));
    assert!(objects("http::transport", "providers::Context"));
    assert!(objects("sign::tc3", "http::Request"));
    assert!(!objects("sign::tc3", "secret::Secret"));
    assert!(objects("error", "secret::Secret") && objects("platform::manual", "error::Error"));
    assert!(objects("novelty", "cache::Source") && objects("cache::entry", "novelty"));
}

#[test]
fn clouds_are_kept_apart() {
    let objects = |from: &str, to: &str| {
        cloud_objection(&CORE_CLOUD_ROOMS, &CORE_DISPATCHERS, &split(from), &split(to)).is_some()
    };
    assert!(objects("providers::tencent::api", "providers::aliyun::api"));
    assert!(objects("client::tencent::identity", "client::aliyun::identity"));
    assert!(objects("client::tencent::identity", "providers::aliyun::identity::Role"));
    assert!(!objects("client::tencent::identity", "providers::tencent::identity::Role"));
    assert!(!objects("client::tencent::identity", "client::tencent::endpoint::domain"));
    assert!(!objects("client::tencent::identity", "client::config::Config"));
    assert!(objects("providers", "providers::tencent::api") && objects("providers::chain", "providers::tencent"));
    assert!(objects("client::config", "client::aliyun::official") && objects("client::core", "providers::aliyun::rpc"));
    assert!(!objects("client", "client::aliyun::managed") && !objects("client::options", "client::tencent::options"));
    assert!(objects("client::options::general", "client::tencent::options"));

    let objects = |from: &str, to: &str| {
        cloud_objection(&EMULATOR_CLOUD_ROOMS, &EMULATOR_DISPATCHERS, &split(from), &split(to)).is_some()
    };
    assert!(objects("aliyun::oss::list", "tencent::params::Call") && objects("http", "aliyun::key"));
    assert!(!objects("service", "aliyun::gateway") && !objects("aliyun::oss::list", "aliyun::key"));

    // What a facade hands on is still the cloud's.
    let facade = [
        ("", "mod client;"),
        ("client", "mod aliyun; mod core; pub use aliyun::Secret;"),
        ("client::aliyun", "pub struct Secret;"),
        ("client::core", "use super::Secret;"),
    ];
    let found = cloud_objections(&Tree::of_texts(&facade), &CORE_CLOUD_ROOMS, &CORE_DISPATCHERS);
    assert_eq!(found, ["client::core uses client::aliyun: what all clouds share knows none of them"]);
}
