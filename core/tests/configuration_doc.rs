//! `docs/CONFIGURATION.md` and `abi/options.json` equal the option table.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::fmt::Write as _;
use std::path::Path;

use evercred_core::client::options::{self, Scope, Takes};
use serde_json::json;

fn generated() -> String {
    let mut text = String::from(
        "# Options\n\n\
         Generated from `core/src/client/options/` and `core/src/client/<cloud>/*options.rs` by `make header`; a test keeps\n\
         them equal.\n\n\
         Every option is a key of `evercred_config_set`, a line `option = value` of a file given to\n\
         `evercred_config_load_file`, and an environment variable `EVERCRED_<OPTION>` for\n\
         `evercred_config_load_environment`. The files and variables of Alibaba Cloud's official clients are read as\n\
         well: see [MIGRATING.md](MIGRATING.md). Options of the scope *source* may also be set for one source by\n\
         `evercred_source_open_database_with`, `evercred_source_open_managed_with` and\n\
         `evercred_source_open_identity_with`.\n\n\
         | option | takes | default | scope | what it does |\n|---|---|---|---|---|\n",
    );
    for spec in options::every() {
        let takes = match spec.takes {
            Takes::Text => String::from("text"),
            Takes::Lines => String::from("text, also of several lines"),
            Takes::Secret => String::from("text, never shown"),
            Takes::Path => String::from("path"),
            Takes::Proxy => String::from("`environment`, `none` or a URL, never shown"),
            Takes::Printable => String::from("printable ASCII"),
            Takes::Host => String::from("host or host:port"),
            Takes::Region => String::from("region"),
            Takes::List => String::from("texts, separated by commas"),
            Takes::Bool => String::from("`true`, `false`"),
            Takes::Choice(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
            Takes::Milliseconds(least, most) => format!("milliseconds, {least} to {most}"),
            Takes::Number(least, most) => format!("number, {least} to {most}"),
        };
        let default = if spec.default.is_empty() { String::new() } else { format!("`{}`", spec.default) };
        let scope = if spec.scope == Scope::Client { "client" } else { "source" };
        writeln!(text, "| `{}` | {takes} | {default} | {scope} | {} |", spec.name, spec.doc).unwrap();
    }
    text
}

/// The table as JSON, from which the wrappers of other languages generate their typed options. One option a line, so
/// that a difference is easy to read.
fn generated_json() -> String {
    let lines: Vec<_> = options::every()
        .map(|spec| {
            let mut option = json!({
                "name": spec.name,
                "default": spec.default,
                "scope": if spec.scope == Scope::Client { "client" } else { "source" },
                "doc": spec.doc,
            });
            let (takes, more) = match spec.takes {
                Takes::Text => ("text", json!({})),
                Takes::Lines => ("lines", json!({})),
                Takes::Secret => ("secret", json!({})),
                Takes::Path => ("path", json!({})),
                Takes::Proxy => ("proxy", json!({})),
                Takes::Printable => ("printable", json!({})),
                Takes::Host => ("host", json!({})),
                Takes::Region => ("region", json!({})),
                Takes::List => ("list", json!({})),
                Takes::Bool => ("bool", json!({})),
                Takes::Choice(words) => ("choice", json!({ "choices": words })),
                Takes::Milliseconds(least, most) => ("milliseconds", json!({ "min": least, "max": most })),
                Takes::Number(least, most) => ("number", json!({ "min": least, "max": most })),
            };
            let object = option.as_object_mut().unwrap();
            object.insert(String::from("takes"), json!(takes));
            object.extend(more.as_object().unwrap().clone());
            option.to_string()
        })
        .collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

fn equals(path: &str, generated: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::env::var("EVERCRED_HEADER").is_ok_and(|value| value == "write") {
        std::fs::write(&file, generated).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == generated, "{path} differs from the option table: run `make header`");
}

#[test]
fn the_options_are_documented() {
    equals("docs/CONFIGURATION.md", &generated());
    equals("abi/options.json", &generated_json());
}

#[test]
fn every_option_says_what_it_does() {
    let mut names: Vec<_> = options::every().map(|spec| spec.name).collect();
    for spec in options::every() {
        assert!(spec.doc.len() > 20 && spec.doc.ends_with('.') && !spec.doc.contains('|'), "{}", spec.name);
        assert!(spec.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'));
        let unit = matches!(spec.takes, Takes::Milliseconds(..));
        assert_eq!(unit, spec.name.ends_with("_ms"), "{}", spec.name);
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), options::every().count());
}
