//! Runs the recorded vectors of a folder against the library: each case of each known file, by the file, the kind and the
//! fields alone. The folder's README says what must equal what.
//!
//! The folder is the first argument that is one, else the environment variable `EVERCRED_VECTORS`, else the project's own.
//! A line per file and kind is printed, then `N passed, M failed, K skipped` alone on the last line.

#![allow(clippy::print_stdout, reason = "a test program of its own: what it prints is its result")]

mod aliyun_acs3;
mod aliyun_cache;
mod aliyun_config;
mod aliyun_dkms;
mod aliyun_oss;
mod aliyun_rpc;
mod aliyun_secret;
mod aliyun_sts;
mod outcome;
mod tencent;
mod tencent_request;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use outcome::Outcome;
use serde_json::Value;

/// A file that this runner knows.
struct File {
    /// Its name without `.json`.
    name: &'static str,
    /// The kinds that record behaviour; ordinary tests cover it.
    behaviour: &'static [&'static str],
    /// Checks one case of one kind; the kind is empty where the file has none.
    check: fn(kind: &str, case: &Value) -> Outcome,
}

const FILES: &[File] = &[
    File { name: "tencent_tc3", behaviour: &[], check: tencent_request::request },
    File { name: "tencent_auth_token", behaviour: &[], check: tencent::token },
    File { name: "tencent_cam_responses", behaviour: &["flow", "timer"], check: tencent::answer },
    File { name: "aliyun_rpc", behaviour: &[], check: aliyun_rpc::request },
    File { name: "aliyun_acs3", behaviour: &[], check: aliyun_acs3::request },
    File {
        name: "aliyun_sts",
        behaviour: &["ecs-ram-role", "credentials-uri", "refresh-timing"],
        check: aliyun_sts::role,
    },
    File {
        name: "aliyun_secret_values",
        behaviour: &["error-classification", "backoff", "token-bucket", "cache-flow", "regions"],
        check: aliyun_secret::value,
    },
    File { name: "aliyun_dkms", behaviour: &[], check: aliyun_dkms::case },
    File { name: "aliyun_file_cache", behaviour: &["init"], check: aliyun_cache::file },
    File { name: "aliyun_oss", behaviour: &[], check: aliyun_oss::case },
    File { name: "config_properties", behaviour: &[], check: aliyun_config::settings },
];

/// Kinds that hold nothing to check, in any file.
const NOTHING_TO_CHECK: &[&str] = &["facts", "error-code-list"];

#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    skipped: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn add(&mut self, other: &Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
        for (reason, count) in &other.skipped {
            *self.skipped.entry(reason).or_default() += count;
        }
    }

    fn skipped(&self) -> usize {
        self.skipped.values().sum()
    }
}

fn main() -> ExitCode {
    // Test runners ask for the list of tests first.
    if std::env::args().any(|argument| argument == "--list") {
        println!("vectors: test");
        return ExitCode::SUCCESS;
    }
    let total = match folder().and_then(|folder| run_folder(&folder)) {
        Ok(total) => total,
        Err(problem) => {
            println!("vectors: {problem}");
            Tally { failed: 1, ..Tally::default() }
        }
    };
    println!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped());
    // A run in which nothing was checked proves nothing.
    if total.failed == 0 && total.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn folder() -> Result<PathBuf, String> {
    for argument in std::env::args().skip(1) {
        if Path::new(&argument).is_dir() {
            return Ok(argument.into());
        }
        // A mistyped folder must not fall back to another one in silence; a bare word is a filter meant for other tests.
        if argument.contains(std::path::MAIN_SEPARATOR) {
            return Err(format!("{argument} is not a folder"));
        }
    }
    if let Some(folder) = std::env::var_os("EVERCRED_VECTORS") {
        return Ok(folder.into());
    }
    Ok(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors"))
}

fn run_folder(folder: &Path) -> Result<Tally, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.sort();

    let mut total = Tally::default();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "json")) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        match FILES.iter().find(|file| file.name == name) {
            None => println!("{name}: not known to this runner, passed over"),
            Some(file) => match read(path) {
                Ok(cases) => total.add(&run_file(file, &cases)),
                Err(problem) => {
                    println!("FAILED {name}: {problem}");
                    total.failed += 1;
                }
            },
        }
    }
    Ok(total)
}

fn read(path: &Path) -> Result<Vec<Value>, String> {
    let text = std::fs::read(path).map_err(|error| error.to_string())?;
    let mut file: Value = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    aliyun_config::keep_other_files(&file);
    match file.get_mut("cases").map(Value::take) {
        Some(Value::Array(cases)) if !cases.is_empty() => Ok(cases),
        _ => Err("it has no cases".to_owned()),
    }
}

fn run_file(file: &File, cases: &[Value]) -> Tally {
    let mut kinds: BTreeMap<&str, Tally> = BTreeMap::new();
    for case in cases {
        let kind = outcome::text(case, "/kind").unwrap_or_default();
        let tally = kinds.entry(kind).or_default();
        match run_case(file, kind, case) {
            Outcome::Passed => tally.passed += 1,
            Outcome::Skipped(reason) => *tally.skipped.entry(reason).or_default() += 1,
            Outcome::Failed(difference) => {
                tally.failed += 1;
                let name = outcome::text(case, "/name").unwrap_or("(a case without a name)");
                println!("FAILED {} {kind} {name}: {difference}", file.name);
            }
        }
    }
    let mut total = Tally::default();
    for (kind, tally) in &kinds {
        let kind = if kind.is_empty() { "(all)" } else { kind };
        print!("{} {kind}: {} passed, {} failed, {} skipped", file.name, tally.passed, tally.failed, tally.skipped());
        for (reason, count) in &tally.skipped {
            print!(" ({count}: {reason})");
        }
        println!();
        total.add(tally);
    }
    total
}

fn run_case(file: &File, kind: &str, case: &Value) -> Outcome {
    if file.behaviour.contains(&kind) {
        return Outcome::Skipped("behaviour, covered by ordinary tests");
    }
    if NOTHING_TO_CHECK.contains(&kind) {
        return Outcome::Skipped("a list, nothing to check");
    }
    if outcome::text(case, "/note").is_some_and(|note| note.contains("DEFECT"))
        && case.get("expected_correct").is_none()
    {
        return Outcome::Skipped("a defect that is not to be copied");
    }
    // Input from outside must never make the library panic; such a case failed, and the others still run.
    match catch_unwind(AssertUnwindSafe(|| (file.check)(kind, case))) {
        Err(_) => Outcome::Failed("it panicked".to_owned()),
        // Refusing and accepting are both right there.
        Ok(Outcome::Failed(_)) if case.get("either").and_then(Value::as_bool) == Some(true) => Outcome::Passed,
        Ok(outcome) => outcome,
    }
}
