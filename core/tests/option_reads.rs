//! The core reads options by name: every name must be in a table, and the accessor must fit the type of its value. The
//! code is searched for `<variable>.<accessor>("<name>")`, for `Config::<accessor>`, and for further literals that look
//! like an option of a cloud. Elsewhere than in a few files an accessor takes a literal only, so that no name is missed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use evercred_core::client::options::{self, About, CLOUDS, Takes};

/// The files, below `client`, whose variable of this name is no `Config`, but a reader of JSON fields.
const OTHER_READERS: [(&str, &str); 1] = [("aliyun/regions_option.rs", "reader")];

/// The files, below `client`, that may read options by names that are not literals.
const BY_NAME: [(&str, &str); 2] = [
    ("config.rs", "it defines the accessors"),
    ("aliyun/official/mod.rs", "it resets the options of the tables that are about the identity"),
];

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
        "secret" => matches!(takes, Takes::Secret | Takes::Text | Takes::Lines | Takes::List),
        _ => !matches!(takes, Takes::Secret | Takes::Path | Takes::Bool | Takes::Milliseconds(..) | Takes::Number(..)),
    }
}

/// One read of an option.
#[derive(Debug, PartialEq, Eq)]
struct Read<'a> {
    accessor: &'a str,
    /// `None` if it is not a literal.
    name: Option<&'a str>,
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

/// The reads, except those of the variable `other`.
fn reads<'a>(code: &'a str, other: Option<&str>) -> Vec<Read<'a>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices('.') {
        let after = code[at + 1..].trim_start();
        let Some((word, argument)) = after.split_once('(') else { continue };
        let argument = argument.trim_start();
        // The accessors take a name; methods of other types without an argument are not meant.
        if let Some(accessor) = ACCESSORS.iter().find(|known| **known == word.trim_end())
            && !argument.starts_with(')')
            && other != Some(last_word(&code[..at]))
        {
            found.push(Read { accessor, name: literal(argument) });
        }
    }
    for (at, matched) in code.match_indices("Config::") {
        let after = &code[at + matched.len()..];
        let end = after.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(after.len());
        if let Some(accessor) = ACCESSORS.iter().find(|known| **known == &after[..end]) {
            let argument = after[end..].split_once(',').map(|(_, argument)| argument.trim_start());
            let called = after[end..].trim_start().starts_with('(');
            found.push(Read { accessor, name: argument.filter(|_| called).and_then(literal) });
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

/// What is wrong with the options that the code of a file reads. `file` is its path below `client`.
fn problems(file: &str, code: &str) -> Vec<String> {
    let mut problems = BTreeSet::new();
    let by_name = BY_NAME.iter().any(|(known, _)| *known == file);
    for Read { accessor, name } in reads(code, other_reader(file)) {
        let Some(name) = name else {
            if !by_name {
                problems.insert(format!("`{accessor}` is given something else than a literal"));
            }
            continue;
        };
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

fn other_reader(file: &str) -> Option<&'static str> {
    OTHER_READERS.iter().find(|(known, _)| *known == file).map(|(_, variable)| *variable)
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

/// The code that has a configuration, by its path below `client`; the rest of the core gets values, not options.
fn sources() -> Vec<(String, String)> {
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/client");
    let name = |file: &Path| file.strip_prefix(&client).unwrap().to_str().unwrap().to_owned();
    let files = source_files(&client);
    files.into_iter().map(|file| (name(&file), code(&fs::read_to_string(file).unwrap()))).collect()
}

#[test]
fn every_option_that_is_read_is_in_a_table_and_of_that_type() {
    let mut all = Vec::new();
    let mut count = 0;
    for (file, code) in sources() {
        count += reads(&code, other_reader(&file)).iter().filter(|read| read.name.is_some()).count();
        all.extend(problems(&file, &code).into_iter().map(|problem| format!("{file}: {problem}")));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
    assert!(count > 100, "only {count} reads were found: the search is broken");
}

#[test]
fn the_exceptions_are_needed() {
    let all = sources();
    let code_of = |name: &str| &all.iter().find(|(file, _)| file == name).unwrap().1;
    for (file, _) in BY_NAME {
        assert!(reads(code_of(file), None).iter().any(|read| read.name.is_none()), "{file}");
    }
    for (file, variable) in OTHER_READERS {
        assert!(code_of(file).contains(&format!("{variable}.text(\"")), "{file}");
    }
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
fn a_mark_of_an_option_counts_for_the_cloud_of_its_prefix() {
    // `Spec::is_of` finds the cloud by the prefix: without one, a mark would have no effect. `Connection` counts for every
    // cloud. Options without a mark may
    // have names without a prefix, such as `fallback_file`.
    for spec in options::every().filter(|spec| !matches!(spec.about, About::Handling | About::Connection)) {
        let cloud = CLOUDS.iter().any(|cloud| spec.is_of(cloud));
        assert!(cloud, "`{}` is about {:?}, but its name has no cloud's prefix", spec.name, spec.about);
    }
}

#[test]
fn wrong_reads_are_found() {
    let problems = |code: &str| problems("novelty.rs", code);
    assert!(problems("let id = config.text(\"tencent_secret_id\"); config.duration(\"max_stale_ms\")").is_empty());
    for (code, problem) in [
        ("config.text(\"prefetched\")", "`prefetched` is in no table"),
        ("self.0.config\n    .filled(\n    \"proxi\")", "`proxi` is in no table"),
        ("[\"tencent_secretid\"].iter().any(drop)", "`tencent_secretid` is in no table"),
        ("opening.config.number(\"proxy\")", "`proxy` takes Proxy, which `number` does not return"),
        ("config.flag(\"prefetch\")", "`prefetch` takes Choice([\"off\", \"on\"]), which `flag` does not return"),
        ("merged.text(\"cache_secret\")", "`cache_secret` takes Secret, which `text` does not return"),
        ("config.path(\"aliyun_profile\")", "`aliyun_profile` takes Text, which `path` does not return"),
        // Any variable, the result of a function, and the accessor as a function.
        ("anything.is_set(\"proxi\")", "`proxi` is in no table"),
        ("Config::new().text(\"proxi\")", "`proxi` is in no table"),
        ("Config::text(config, \"proxi\")", "`proxi` is in no table"),
        (
            "Config::text(\n    config,\n    \"cache_secret\")",
            "`cache_secret` takes Secret, which `text` does not return",
        ),
        // Names that are not literals.
        ("config.text(option)", "`text` is given something else than a literal"),
        (
            "let number = |name| config.number(name); number(\"forced_refresh_brust\")",
            "`number` is given something else than a literal",
        ),
        ("[\"proxi\"].iter().any(|option| config.is_set(option))", "`is_set` is given something else than a literal"),
        ("config.duration(&format!(\"{name}_ms\"))", "`duration` is given something else than a literal"),
        ("Config::flag(config, NAME)", "`flag` is given something else than a literal"),
        ("let read = Config::secret; read(config, \"proxi\")", "`secret` is given something else than a literal"),
    ] {
        assert_eq!(problems(code), [problem], "{code}");
    }
    // Methods without a name, prefixes, comments and tests.
    assert!(problems("spec.name.starts_with(\"aliyun_client\")").is_empty());
    assert!(problems("report.text()").is_empty());
    assert!(problems(&code("// config.text(\"a\")\n#[cfg(test)]\nmod tests { config.text(\"b\") }")).is_empty());
    // A reader of JSON in its file.
    assert!(self::problems("aliyun/regions_option.rs", "reader.text(\"clientKeyFile\")").is_empty());
}
