//! `include/evercred.h` is what cbindgen generates from `src/`, and documents every function and type as required.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of tests fails the test; clippy's exception for tests sees only #[test] functions"
)]

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What C compiles into the program: a call would be the slowest part.
const INLINE: &str = r#"
/**
 * Whether the source still publishes this generation, so that `evercred_source_get` would return the credential of this
 * generation immediately. The same answer as `evercred_credential_is_current`, as one read of memory without a call.
 * `address` is the one of `evercred_source_generation_address`. A compiler other than GCC and Clang reads without
 * order: there, other data that depends on the answer needs a barrier of the program.
 *
 * @return the answer; false for NULL and for 0.
 * Owns: nothing. Blocks: no. Threads: any.
 */
static inline bool evercred_generation_is_current(const uint64_t *address, uint64_t generation) {
#if defined(__GNUC__)
    return address != NULL && generation != 0 && __atomic_load_n(address, __ATOMIC_ACQUIRE) == generation;
#else
    return address != NULL && generation != 0 && *(const volatile uint64_t *)address == generation;
#endif
}
"#;

fn generated() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let part = |number: usize| version.split(['.', '-']).nth(number).unwrap().parse::<u32>().unwrap();
    let mut config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    config.header = Some(
        "/* evercred: cloud credentials that are always fresh.\n *\n \
         * Every fallible function returns NULL on success, or an error that the caller owns and frees. No argument is\n \
         * consumed. Out arguments come last and are NULL after an error. Destructors and accessors accept NULL.\n \
         * Text arguments are NUL-terminated UTF-8 and are copied. Returned texts belong to the handle that they come from.\n \
         * Times are in milliseconds. A negative timeout means the option total_timeout_ms.\n *\n \
         * Generated from src/ by `make header`. SPDX-License-Identifier: Apache-2.0 */"
            .into(),
    );
    config.after_includes = Some(format!(
        "\n#define EVERCRED_VERSION \"{version}\"\n#define EVERCRED_VERSION_MAJOR {}\n#define EVERCRED_VERSION_MINOR {}\n\
         #define EVERCRED_VERSION_PATCH {}\n#define EVERCRED_ABI_VERSION 0\n\n\
         #ifndef EVERCRED_API\n#if defined(__GNUC__)\n#define EVERCRED_API __attribute__((visibility(\"default\")))\n\
         #else\n#define EVERCRED_API\n#endif\n#endif\n\n\
         /* An ignored error leaks. */\n\
         #if defined(__GNUC__)\n#define EVERCRED_MUST_USE __attribute__((warn_unused_result))\n\
         #else\n#define EVERCRED_MUST_USE\n#endif\n",
        part(0),
        part(1),
        part(2),
    ));
    let mut bytes = Vec::new();
    cbindgen::Builder::new().with_crate(root()).with_config(config).generate().unwrap().write(&mut bytes);
    // The compiler warns about an ignored error. cbindgen has no such attribute for one return type.
    String::from_utf8(bytes)
        .unwrap()
        .replace("EVERCRED_API evercred_error *", "EVERCRED_API EVERCRED_MUST_USE evercred_error *")
        .replace("EVERCRED_API\nevercred_error *", "EVERCRED_API EVERCRED_MUST_USE\nevercred_error *")
        // cbindgen's own trailer stands behind the include guard.
        .replace("\n#ifdef __cplusplus\n}  // extern", &format!("{INLINE}\n#ifdef __cplusplus\n}}  // extern"))
}

fn header_path() -> PathBuf {
    root().join("include/evercred.h")
}

#[test]
fn the_header_is_up_to_date() {
    let generated = generated();
    if std::env::var("EVERCRED_HEADER").is_ok_and(|value| value == "write") {
        std::fs::write(header_path(), &generated).unwrap();
    }
    let committed = std::fs::read_to_string(header_path()).unwrap_or_default();
    assert!(committed == generated, "include/evercred.h differs from src/: run `make header` and commit it");
}

/// The comment directly above a line, as one text.
fn comment_above(lines: &[&str], at: usize) -> String {
    let start = lines[..at].iter().rposition(|line| line.trim_start().starts_with("/**")).unwrap_or(at);
    let end = lines[..at].iter().rposition(|line| line.trim_end().ends_with("*/")).unwrap_or(0);
    if end + 1 == at && start <= end { lines[start..at].join("\n") } else { String::new() }
}

#[test]
fn every_function_says_what_it_owns_and_whether_it_blocks() {
    let header = std::fs::read_to_string(header_path()).unwrap();
    let lines: Vec<&str> = header.lines().collect();
    let functions: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].starts_with("EVERCRED_API")).collect();
    assert!(functions.len() > 50, "{} functions found", functions.len());
    for at in functions {
        let comment = comment_above(&lines, at);
        // A long prototype has its type on the next line.
        let prototype = format!("{} {}", lines[at], lines.get(at + 1).unwrap_or(&""));
        let returns = !prototype.starts_with("EVERCRED_API void ");
        for label in ["Owns:", "Blocks:", "Threads:"] {
            assert!(comment.contains(label), "{label} is missing above: {}", lines[at]);
        }
        assert!(!returns || comment.contains("@return"), "@return is missing above: {}", lines[at]);
        assert!(!comment.contains("# Safety"), "Rust's prose above: {}", lines[at]);
    }
}

#[test]
fn every_handle_says_how_threads_may_use_it() {
    let header = std::fs::read_to_string(header_path()).unwrap();
    let lines: Vec<&str> = header.lines().collect();
    let types: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].starts_with("typedef struct ")).collect();
    assert_eq!(types.len(), 10, "the handles");
    for at in types {
        let comment = comment_above(&lines, at);
        let tags = ["[thread-safe]", "[immutable]", "[one thread at a time]"];
        assert_eq!(tags.iter().filter(|tag| comment.contains(**tag)).count(), 1, "the tag above: {}", lines[at]);
        assert!(lines[at].ends_with(';'), "a handle is opaque: {}", lines[at]);
    }
}

#[test]
fn macros_and_cargo_agree() {
    let header = std::fs::read_to_string(header_path()).unwrap();
    assert!(header.contains(&format!("#define EVERCRED_VERSION \"{}\"", env!("CARGO_PKG_VERSION"))));
    let build = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("build.rs")).unwrap();
    assert!(build.contains("libevercred.so.0\"") && header.contains("#define EVERCRED_ABI_VERSION 0"));
}

#[test]
fn no_error_may_be_ignored() {
    let header = std::fs::read_to_string(header_path()).unwrap().replace('\n', " ");
    let fallible: Vec<&str> = header
        .split("EVERCRED_API")
        .skip(1)
        .filter(|text| text.trim_start().contains("evercred_error *evercred_"))
        .collect();
    let functions =
        fallible.iter().filter(|text| text.split('(').next().unwrap().contains("evercred_error *evercred_"));
    let mut count = 0;
    for function in functions {
        let prototype = function.split(';').next().unwrap();
        if prototype.contains("const evercred_error *evercred_") {
            continue;
        }
        count += 1;
        assert!(prototype.contains("EVERCRED_MUST_USE"), "EVERCRED_MUST_USE is missing: {prototype}");
    }
    assert_eq!(count, 25, "the fallible functions");
}
