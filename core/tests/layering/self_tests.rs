//! The tests of the reader and of the rules, with small sources.

use crate::graph::{Tree, cycles, show, split};
use crate::{
    CORE_CLOUD_PARENTS, CORE_DISPATCHERS, EMULATOR_CLOUD_PARENTS, EMULATOR_DISPATCHERS, cloud_violation,
    cloud_violations, violation,
};

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
    // By the name of a child of a module that is imported by a glob.
    let glob = [
        ("", "mod a; mod b;"),
        ("a", "use crate::b::*; pub fn g() { c::d::f() }"),
        ("b", "pub mod c;"),
        ("b::c", "pub mod d;"),
        ("b::c::d", "pub fn f() { crate::a::g() }"),
    ];
    assert_eq!(found(&glob), "a cycle of 2 files:\n  a uses b::c::d by c::d::f\n  b::c::d uses a by crate::a::g");
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

    // A signature of another cloud.
    assert!(
        forbidden("providers::tencent::api", "sign::acs3") && forbidden("providers::aliyun::api", "sign::tc3::sign")
    );
    assert!(forbidden("providers::signed_call", "sign::tc3") && forbidden("sign::encode", "sign::dkms"));
    assert!(!forbidden("providers::tencent::api", "sign::tc3") && !forbidden("providers::tencent::api", "sign::utc"));

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

    // By the name of a cloud's folder that a glob imports.
    let glob = [
        ("", "mod providers; mod client;"),
        ("providers", "pub mod aliyun;"),
        ("providers::aliyun", "pub mod api;"),
        ("providers::aliyun::api", "pub mod codes;"),
        ("providers::aliyun::api::codes", "pub fn x() {}"),
        ("client", "pub mod tencent;"),
        ("client::tencent", "use crate::providers::*; fn f() { aliyun::api::codes::x() }"),
    ];
    let found = cloud_violations(&Tree::of_texts(&glob), &CORE_CLOUD_PARENTS, &CORE_DISPATCHERS);
    assert_eq!(found, ["client::tencent uses providers::aliyun::api::codes::x: the folder of another cloud"]);
}
