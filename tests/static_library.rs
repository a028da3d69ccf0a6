//! The static library as shipped: only `evercred_*` is global, and it links with other libraries in one program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails the test; clippy's exception for tests sees only #[test] functions"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use evercred_emulator::Emulator;
use support::{Folder, STATIC_NEEDS, compile, library, repository, run_well, scratch, tool};

const LIMIT: Duration = Duration::from_secs(180);

/// The archive that `make install` installs, built once.
fn archive() -> &'static Path {
    static ARCHIVE: OnceLock<PathBuf> = OnceLock::new();
    ARCHIVE.get_or_init(|| {
        let archive = scratch("libevercred-shipped.a");
        tool("objcopy");
        let mut script = Command::new(repository("scripts/static_library.sh"));
        run_well(script.arg(library().archive()).arg(&archive), LIMIT);
        archive
    })
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Links `source` with the archives and libraries in `before`, then evercred, then `after`; runs it.
fn links_and_runs(source: &str, before: &[String], after: &[String]) -> String {
    let folder = Folder::new("static-program");
    let (file, program) = (folder.0.join("program.c"), folder.0.join("program"));
    fs::write(&file, source).expect("a source file");
    let mut flags = before.to_vec();
    flags.push(archive().display().to_string());
    flags.extend_from_slice(after);
    flags.extend(strings(&STATIC_NEEDS));
    compile(&file, &program, &flags);
    run_well(&mut Command::new(&program), Duration::from_secs(30))
}

/// A program that creates a client and an error, in addition to what `declarations` and `more` add.
fn program(declarations: &str, more: &str) -> String {
    format!(
        "#include <evercred.h>\n#include <stdio.h>\n{declarations}\n\
         int main(void) {{\n\
             evercred_config *config = NULL;\n\
             evercred_client *client = NULL;\n\
             if (evercred_config_new(&config) != NULL || evercred_client_new(config, &client) != NULL) return 1;\n\
             evercred_error *error = evercred_config_set(config, \"no_such_option\", \"1\");\n\
             if (evercred_error_code(error) != EVERCRED_E_UNKNOWN_OPTION) return 2;\n\
             evercred_error_free(error);\n\
             evercred_client_free(client);\n\
             evercred_config_free(config);\n\
             {more}\n\
             puts(evercred_version());\n\
             return (int)evercred_live_handles();\n\
         }}\n"
    )
}

#[test]
fn only_the_api_is_global() {
    let mut command = Command::new(tool("nm"));
    command.args(["--extern-only", "--defined-only", "--format=posix"]).arg(archive());
    let listing = run_well(&mut command, LIMIT);
    let mut names: Vec<&str> =
        listing.lines().filter(|line| !line.ends_with(':')).filter_map(|line| line.split(' ').next()).collect();
    names.sort_unstable();
    let listed = fs::read_to_string(repository("abi/evercred.syms")).expect("the list of symbols");
    assert_eq!(names, listed.lines().collect::<Vec<_>>());
}

/// The lifecycle test over the network, with the library linked statically.
#[test]
fn works_when_linked_in() {
    let emulator = Emulator::https().expect("an emulator");
    // The same as in tests/c/common.h.
    emulator.add_key("AKIDevercredtests0000000000000000000", "evercredTestsKey0000000000000000");
    emulator.add_account("ap-guangzhou", "cdb-evercred1", "app_user");
    let folder = Folder::new("static-life");
    let lifecycle = folder.0.join("lifecycle");
    let mut flags = vec!["-Wl,--gc-sections".to_owned(), archive().display().to_string()];
    flags.extend(strings(&STATIC_NEEDS));
    compile(&repository("tests/c/lifecycle.c"), &lifecycle, &flags);
    let mut command = Command::new(&lifecycle);
    command.env("EVERCRED_TEST_ENDPOINT", emulator.host_port());
    command.env("EVERCRED_TEST_CA", emulator.ca_path().expect("a CA"));
    assert_eq!(run_well(&mut command, Duration::from_secs(70)), "ok lifecycle\n");
}

/// The host program may link OpenSSL, shared or static, whose symbols resemble ring's.
#[test]
fn with_openssl() {
    let mut query = Command::new(tool("pkg-config"));
    run_well(query.args(["--exists", "libcrypto"]), Duration::from_secs(10));
    let source = program(
        "#include <openssl/sha.h>",
        "unsigned char digest[32];\n\
         if (SHA256((const unsigned char *)\"abc\", 3, digest) == NULL || digest[0] != 0xba) return 3;",
    );
    for crypto in ["-lcrypto", "-l:libcrypto.a"] {
        let printed = links_and_runs(&source, &[], &strings(&[crypto]));
        assert_eq!(printed.trim(), env!("CARGO_PKG_VERSION"));
        let printed = links_and_runs(&source, &strings(&["-Wl,--no-as-needed", crypto]), &strings(&[crypto]));
        assert_eq!(printed.trim(), env!("CARGO_PKG_VERSION"));
    }
}

/// The host program may link another Rust library, which contains the same standard library and panics by itself.
#[test]
fn with_another_rust_library() {
    let folder = Folder::new("static-second");
    let (source, second) = (folder.0.join("second.rs"), folder.0.join("libsecond.a"));
    fs::write(
        &source,
        "#[unsafe(no_mangle)]\n\
         pub extern \"C\" fn second_answer(text: u8) -> i32 {\n\
             std::panic::set_hook(Box::new(|_| ()));\n\
             let caught = std::panic::catch_unwind(|| assert!(text == 0, \"{text}\"));\n\
             if caught.is_err() { 42 } else { 0 }\n\
         }\n",
    )
    .expect("a source file");
    let next_to_cargo = Path::new(env!("CARGO")).with_file_name("rustc");
    let rustc = if next_to_cargo.is_file() { next_to_cargo } else { tool("rustc") };
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "--crate-type", "staticlib", "-O", "-o"]).arg(&second).arg(&source);
    run_well(&mut command, LIMIT);

    let source = program(
        "#include <stdint.h>\nint32_t second_answer(uint8_t text);",
        "if (second_answer(1) != 42 || second_answer(0) != 0) return 3;",
    );
    let second = [second.display().to_string()];
    assert_eq!(links_and_runs(&source, &second, &[]).trim(), env!("CARGO_PKG_VERSION"));
    assert_eq!(links_and_runs(&source, &[], &second).trim(), env!("CARGO_PKG_VERSION"));
}
