//! The header compiles as C and C++: alone, twice, and with the warnings of a strict project.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails the test; clippy's exception for tests sees only #[test] functions"
)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use support::{Folder, STRICT, find_tool, repository, run_well, tool};

const ALONE: &str = "#include <evercred.h>\nint main(void) { return 0; }\n";
const TWICE: &str = "#include <evercred.h>\n#include <evercred.h>\nint main(void) { return 0; }\n";
/// Names of system headers before and after it must not conflict.
const AMONG_OTHERS: &str = "#include <stdlib.h>\n#include <evercred.h>\n#include <stdio.h>\n#include <string.h>\n\
                            int main(void) { return EVERCRED_OK + (int)sizeof(evercred_abi_version()) - 4; }\n";

/// The inline function is compiled where it is used.
const INLINE: &str = "#include <evercred.h>\nint main(void) {\n    const uint64_t published = 7;\n    \
                      return evercred_generation_is_current(&published, 7) && \
                      !evercred_generation_is_current(NULL, 7) ? 0 : 1;\n}\n";

fn compiles(compiler: &Path, language: &str, standard: &str) {
    let folder = Folder::new("header");
    for (name, source) in [("alone", ALONE), ("twice", TWICE), ("among_others", AMONG_OTHERS), ("inline", INLINE)] {
        let file = folder.0.join(format!("{name}.src"));
        fs::write(&file, source).expect("a source file");
        let mut command = Command::new(compiler);
        command.args(["-x", language, &format!("-std={standard}"), "-fsyntax-only"]).args(STRICT);
        command.arg("-I").arg(repository("include")).arg(&file);
        run_well(&mut command, Duration::from_secs(60));
    }
}

#[test]
fn as_c99() {
    compiles(&tool("gcc"), "c", "c99");
}

#[test]
fn as_c11() {
    compiles(&tool("gcc"), "c", "c11");
}

#[test]
fn as_cpp17() {
    compiles(&tool("g++"), "c++", "c++17");
}

/// A second opinion where there is one.
#[test]
fn with_clang() {
    if let Some(clang) = find_tool("clang") {
        compiles(&clang, "c", "c99");
        compiles(&clang, "c", "c11");
    }
    if let Some(clang) = find_tool("clang++") {
        compiles(&clang, "c++", "c++17");
    }
}
