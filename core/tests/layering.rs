//! The house has floors: who may use whom inside the core. The picture is in `core/src/lib.rs`; this reads the paths that
//! begin with `crate::` or `super::` out of the source, tests left aside, and fails on one that is not in the picture.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]

use std::fs;
use std::path::{Path, PathBuf};

/// Used by all. They use nothing of the crate, not even each other: a change in one stays there.
const LEAVES: [&str; 4] = ["error", "log", "platform", "secret"];

/// What each room may use; itself and the leaves go without saying, but for leaves.
const MAY_USE: [(&str, &[&str]); 7] = [
    ("client", &["cache", "store", "providers", "http", "file"]),
    ("cache", &["providers", "http"]),
    ("store", &["providers"]),
    ("providers", &["sign", "http", "file"]),
    ("sign", &[]),
    ("http", &[]),
    ("file", &[]),
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
        &["beside", "Context", "Fetched", "Kind", "Material", "Notes", "Origin", "Provider", "SecretFacts", "Windows"],
    ),
    ("client", "http", &["Http", "HttpSettings", "ProxyChoice", "Route", "certificate_ends", "use_ring"]),
];

/// A file may be longer than this only if it is named here, with the reason.
const MOST_LINES: usize = 400;
const LONGER_FILES: [&str; 0] = [];

/// Everything of a source file that is compiled into the library and is no text: without comments, strings and tests.
fn code_only(source: &str) -> String {
    let letters: Vec<char> = source.chars().collect();
    let at = |place: usize| letters.get(place).copied().unwrap_or(' ');
    let mut code = String::new();
    let mut place = 0;
    while place < letters.len() {
        match (at(place), at(place + 1)) {
            ('/', '/') => {
                while place < letters.len() && at(place) != '\n' {
                    place += 1;
                }
            }
            ('/', '*') => {
                while place < letters.len() && (at(place), at(place + 1)) != ('*', '/') {
                    place += 1;
                }
                place += 2;
            }
            ('r', '"' | '#') if !at(place.wrapping_sub(1)).is_alphanumeric() && at(place.wrapping_sub(1)) != '_' => {
                let hashes = (place + 1..).take_while(|&next| at(next) == '#').count();
                if at(place + 1 + hashes) != '"' {
                    code.push('r');
                    place += 1;
                    continue;
                }
                let end: String = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                place += 2 + hashes;
                while place < letters.len()
                    && !(0..=hashes).all(|next| at(place + next) == end.chars().nth(next).unwrap())
                {
                    place += 1;
                }
                place += 1 + hashes;
            }
            ('"', _) => {
                place += 1;
                while place < letters.len() && at(place) != '"' {
                    place += if at(place) == '\\' { 2 } else { 1 };
                }
                place += 1;
            }
            // A character; a lifetime has no second quote.
            ('\'', '\\') => {
                place += 3;
                while place < letters.len() && at(place) != '\'' {
                    place += 1;
                }
                place += 1;
            }
            ('\'', _) if at(place + 2) == '\'' => place += 3,
            (letter, _) => {
                code.push(letter);
                place += 1;
            }
        }
    }
    without_tests(&code)
}

/// Cuts out each `#[cfg(test)]` with the item that follows it.
fn without_tests(code: &str) -> String {
    let mut rest = code;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once("#[cfg(test)]") {
        kept.push_str(before);
        let mut depth = 0_usize;
        let mut end = after.len();
        for (place, letter) in after.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 && matches!(letter, '}' | ';') {
                end = place + 1;
                break;
            }
        }
        rest = &after[end..];
    }
    kept + rest
}

/// The paths, from the crate's root, that a module's code names by `crate::` or `super::`; groups in braces are unfolded.
fn paths(module: &[String], code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate", "super"] {
        for (place, _) in code.match_indices(start) {
            let before = code[..place].trim_end();
            let whole =
                !code[..place].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$');
            // `super::super::x` is found at its first word; `pub(super)` names nothing.
            if !whole || before.ends_with("::") {
                continue;
            }
            let mut rest = code[place + start.len()..].trim_start();
            let mut base: Vec<String> = if start == "crate" { Vec::new() } else { up(module) };
            let mut named = false;
            while let Some(tail) = rest.strip_prefix("::") {
                named = true;
                rest = tail.trim_start();
                match rest.strip_prefix("super").filter(|tail| tail.trim_start().starts_with("::")) {
                    Some(tail) => {
                        base = up(&base);
                        rest = tail.trim_start();
                    }
                    None => break,
                }
            }
            if named {
                unfold(&base, rest, &mut found);
            }
        }
    }
    found
}

fn up(module: &[String]) -> Vec<String> {
    module[..module.len().saturating_sub(1)].to_vec()
}

/// Reads `a::b`, `{a, b::c}` or `*` after a base; returns what follows.
fn unfold<'a>(base: &[String], text: &'a str, found: &mut Vec<Vec<String>>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            let after = unfold(base, rest, found);
            assert!(after.len() < rest.len(), "not understood: {}", &rest[..rest.len().min(60)]);
            rest = after.trim_start();
            rest = rest.strip_prefix("as ").map_or(rest, |renamed| {
                renamed.trim_start().trim_start_matches(|letter: char| letter.is_alphanumeric() || letter == '_')
            });
            rest = rest.trim_start().strip_prefix(',').unwrap_or(rest.trim_start());
        }
    }
    let end =
        text.find(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '*').unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let mut path = base.to_vec();
    if word != "self" {
        path.push(word.to_owned());
    }
    match rest.trim_start().strip_prefix("::") {
        // `::<T>` goes no deeper.
        Some(deeper) if !deeper.starts_with('<') => unfold(&path, deeper, found),
        _ => {
            found.push(path);
            rest
        }
    }
}

/// What is wrong with a use; none where it is in the picture.
fn objection(module: &[String], used: &[String]) -> Option<String> {
    let from = module.first()?.as_str();
    let to = used.first()?.as_str();
    let complain = |why: &str| Some(format!("{} uses crate::{}: {why}", module.join("::"), used.join("::")));
    if from == to {
        let cloud = |path: &[String]| path.get(1).filter(|_| path[0] == "providers").cloned();
        return match (cloud(module), cloud(used)) {
            (Some(ours), Some(theirs)) if ours != theirs && is_cloud(&theirs) => complain("another cloud's folder"),
            (None, Some(theirs)) if is_cloud(&theirs) => complain("what all clouds share knows none of them"),
            _ => None,
        };
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

/// Folders of `providers` are clouds; its types are not, nor is its one function.
fn is_cloud(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_lowercase()) && name != "beside"
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

/// `cache/source/wait.rs` is the module cache::source::wait, `cache/mod.rs` the module cache, `lib.rs` the root.
fn module_of(file: &Path) -> Vec<String> {
    let names = file.with_extension("");
    let mut module: Vec<String> = names.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
        module.pop();
    }
    module
}

#[test]
fn every_use_is_in_the_picture() {
    let core = repository().join("core/src");
    let mut objections = Vec::new();
    let mut uses = 0;
    for file in rust_files(&core) {
        let module = module_of(file.strip_prefix(&core).unwrap());
        for used in paths(&module, &code_only(&fs::read_to_string(&file).unwrap())) {
            uses += 1;
            objections.extend(objection(&module, &used));
        }
    }
    assert!(objections.is_empty(), "{}", objections.join("\n"));
    assert!(uses > 200, "only {uses} uses were found: the reader is broken");
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
    let module = |path: &str| path.split("::").map(String::from).collect::<Vec<_>>();
    let found = |path: &str, source: &str| {
        let mut found: Vec<String> =
            paths(&module(path), &code_only(source)).iter().map(|used| used.join("::")).collect();
        found.sort();
        found
    };
    assert_eq!(found("cache::entry", "use crate::error::{self, Code};"), ["error", "error::Code"]);
    assert_eq!(found("a::b", "use crate::{\n    x::{Y as Z, w::V},\n    z,\n};"), ["x::Y", "x::w::V", "z"]);
    assert_eq!(found("a::b::c", "use super::super::d::E; super::f();"), ["a::b::f", "a::d::E"]);
    assert_eq!(found("a", "fn f() -> crate :: b::C<super::d::E> { crate::g::<u8>() }"), ["b::C", "d::E", "g"]);
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
        use crate::seen;
    "##;
    assert_eq!(found("a", hidden), ["seen"]);

    let objects = |from: &str, to: &str| objection(&module(from), &module(to)).is_some();
    assert!(!objects("client::database", "providers::tencent::api::Caller"));
    assert!(objects("client::database", "sign::tc3"));
    assert!(objects("cache::entry", "client::Config"));
    assert!(objects("cache::entry", "providers::tencent::api"), "the cache knows no cloud");
    assert!(objects("cache::flight", "http::Request"), "the cache sends nothing");
    assert!(objects("store::keys", "cache::Source") && objects("cache::entry", "store::Store"));
    assert!(objects("store", "providers::tencent::api"), "the store knows no cloud");
    assert!(objects("providers::tencent::api", "cache::Source"));
    assert!(objects("providers::tencent::api", "providers::aliyun::api"));
    assert!(objects("providers", "providers::tencent::api"));
    assert!(!objects("providers::tencent::api", "providers::Context"));
    assert!(objects("http::transport", "providers::Context"));
    assert!(objects("sign::tc3", "http::Request"));
    assert!(!objects("sign::tc3", "secret::Secret"));
    assert!(objects("error", "secret::Secret") && objects("platform::manual", "error::Error"));
    assert!(objects("novelty", "cache::Source") && objects("cache::entry", "novelty"));
}
