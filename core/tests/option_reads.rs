//! The core reads options by name: every name must be in a table, and the accessor must fit the type of its value. The
//! code is searched for `config.<accessor>("<name>")`, and for further literals that look like an option of a cloud.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use evercred_core::client::options::{self, CLOUDS, Takes};

/// The variables of the type `Config`.
const RECEIVERS: [&str; 5] = ["config", "self", "merged", "overrides", "loaded"];

/// The accessors of `Config` that take the name of an option.
const ACCESSORS: [&str; 8] = ["text", "filled", "secret", "path", "number", "duration", "flag", "is_set"];

/// Whether an accessor returns values of this type.
fn fits(accessor: &str, takes: Takes) -> bool {
    match accessor {
        "is_set" => true,
        "path" => takes == Takes::Path,
        "flag" => takes == Takes::Bool,
        "duration" => matches!(takes, Takes::Milliseconds(..)),
        "number" => matches!(takes, Takes::Number(..)),
        // A text may be as confidential as a secret, such as an external id.
        "secret" => matches!(takes, Takes::Secret | Takes::Text | Takes::List),
        _ => !matches!(takes, Takes::Secret | Takes::Path | Takes::Bool | Takes::Milliseconds(..) | Takes::Number(..)),
    }
}

/// One read of an option.
#[derive(Debug, PartialEq, Eq)]
struct Read<'a> {
    accessor: &'a str,
    name: &'a str,
}

/// The code without comments at the start of a line, escaped quotes, and the tests at the end of a file.
fn code(text: &str) -> String {
    let text = text.replace("\\\"", "").replace("'\"'", "");
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

/// The literal at the start of a text.
fn literal(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.split('"').next()
}

/// The word at the end of a text.
fn last_word(text: &str) -> &str {
    let text = text.trim_end();
    let start = text.rfind(|letter: char| !letter.is_alphanumeric() && letter != '_').map_or(0, |at| at + 1);
    &text[start..]
}

fn reads(code: &str) -> Vec<Read<'_>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices('.') {
        let (before, after) = (&code[..at], code[at + 1..].trim_start());
        let Some((accessor, argument)) = after.split_once('(') else { continue };
        if let Some(accessor) = ACCESSORS.iter().find(|known| **known == accessor)
            && RECEIVERS.contains(&last_word(before))
            && let Some(name) = literal(argument.trim_start())
        {
            found.push(Read { accessor, name });
        }
    }
    found
}

/// The literals that look like the options of a cloud. A prefix for `starts_with` is no name.
fn names_of_clouds(code: &str) -> Vec<&str> {
    let is_name = |text: &&str| {
        let rest = CLOUDS.iter().find_map(|cloud| text.strip_prefix(cloud)?.strip_prefix('_'));
        rest.is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_lowercase() || b"_0123456789".contains(&byte))
        })
    };
    let parts: Vec<&str> = code.split('"').collect();
    let literals = parts.chunks_exact(2).filter(|pair| !pair[0].ends_with("starts_with("));
    literals.map(|pair| pair[1]).filter(is_name).collect()
}

/// What is wrong with the options that some code reads.
fn problems(code: &str) -> Vec<String> {
    let mut problems = BTreeSet::new();
    for Read { accessor, name } in reads(code) {
        match options::find(name) {
            None => problems.insert(format!("`{name}` is in no table")),
            Some(spec) if !fits(accessor, spec.takes) => {
                problems.insert(format!("`{name}` takes {:?}, which `{accessor}` does not return", spec.takes))
            }
            Some(_) => false,
        };
    }
    for name in names_of_clouds(code).into_iter().filter(|name| options::find(name).is_none()) {
        problems.insert(format!("`{name}` is in no table"));
    }
    problems.into_iter().collect()
}

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(source_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The code that has a configuration; the rest of the core gets values, not options.
fn sources() -> Vec<(PathBuf, String)> {
    let files = source_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/client"));
    files.into_iter().map(|file| (file.clone(), code(&fs::read_to_string(file).unwrap()))).collect()
}

#[test]
fn every_option_that_is_read_is_in_a_table_and_of_that_type() {
    let mut all = Vec::new();
    let mut count = 0;
    for (file, code) in sources() {
        count += reads(&code).len();
        all.extend(problems(&code).into_iter().map(|problem| format!("{}: {problem}", file.display())));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
    assert!(count > 100, "only {count} reads were found: the search is broken");
}

#[test]
fn every_option_of_a_table_is_used() {
    // The tables themselves are no use: a name must occur once more than there.
    let all: String = sources().into_iter().map(|(_, code)| code).collect();
    for spec in options::every() {
        let literals = all.matches(&format!("\"{}\"", spec.name)).count();
        assert!(literals > 1, "`{}` is in a table, but no code reads it", spec.name);
    }
}

#[test]
fn wrong_reads_are_found() {
    assert!(problems("let id = config.text(\"tencent_secret_id\"); config.duration(\"max_stale_ms\")").is_empty());
    for (code, problem) in [
        ("config.text(\"prefetched\")", "`prefetched` is in no table"),
        ("self.0.config\n    .filled(\n    \"proxi\")", "`proxi` is in no table"),
        ("[\"tencent_secretid\"].iter().any(|option| config.is_set(option))", "`tencent_secretid` is in no table"),
        ("opening.config.number(\"proxy\")", "`proxy` takes Proxy, which `number` does not return"),
        ("config.flag(\"prefetch\")", "`prefetch` takes Choice([\"off\", \"on\"]), which `flag` does not return"),
        ("merged.text(\"cache_secret\")", "`cache_secret` takes Secret, which `text` does not return"),
        ("config.path(\"aliyun_profile\")", "`aliyun_profile` takes Text, which `path` does not return"),
    ] {
        assert_eq!(problems(code), [problem], "{code}");
    }
    // The same methods of other types, prefixes, comments and tests.
    assert!(problems("spec.name.starts_with(\"aliyun_client\")").is_empty());
    assert!(problems("reader.text(\"clientKeyFile\")").is_empty());
    assert!(problems(&code("// config.text(\"a\")\n#[cfg(test)]\nmod tests { config.text(\"b\") }")).is_empty());
}
