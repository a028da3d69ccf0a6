//! Runs every program of `tests/c` against its own emulator: as it is, under the sanitizers, under valgrind.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails the test; clippy's exception for tests sees only #[test] functions"
)]

mod support;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use evercred_emulator::Emulator;
use support::servers::{EmulatorProcess, MariaDb};
use support::{Folder, compile, library, link_shared, mariadb_flags, repository, run, text, tool};

// The same as in tests/c/common.h.
const SECRET_ID: &str = "AKIDevercredtests0000000000000000000";
const SECRET_KEY: &str = "evercredTestsKey0000000000000000";
const REGION: &str = "ap-guangzhou";
const INSTANCE: &str = "cdb-evercred1";
const USER: &str = "app_user";
const ASKER: &str = "LTAIevercredtests";
const ASKER_SECRET: &str = "evercredTestsAskersKey0000000000";
const SECRET_NAME: &str = "acs/ram/user/app";

/// How a program is built and run.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Plain,
    /// AddressSanitizer with its leak check, and UndefinedBehaviorSanitizer.
    Sanitized,
    Valgrind,
}

impl Way {
    fn compiler_flags(self) -> &'static [&'static str] {
        match self {
            Way::Sanitized => {
                &["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer"]
            }
            _ => &[],
        }
    }

    /// The factor by which the program extends its deadlines.
    fn slowdown(self) -> u32 {
        match self {
            Way::Plain => 1,
            Way::Sanitized => 2,
            Way::Valgrind => 5,
        }
    }

    fn command(self, program: &Path) -> Command {
        let mut command = match self {
            Way::Valgrind => {
                let mut command = Command::new(tool("valgrind"));
                command.args(["--quiet", "--leak-check=full", "--show-leak-kinds=definite,indirect"]);
                command.args(["--errors-for-leak-kinds=definite,indirect", "--error-exitcode=9", "--num-callers=30"]);
                // Otherwise one busy thread can keep the others from running for seconds.
                command.arg("--fair-sched=yes");
                command.arg(format!("--suppressions={}", repository("tests/valgrind.supp").display()));
                if program.file_name().is_some_and(|name| name == "fork_child") {
                    // A child leaks its parent's runtime on purpose.
                    command.arg("--leak-check=no");
                }
                command.arg(program);
                command
            }
            _ => Command::new(program),
        };
        command.env("EVERCRED_TEST_SLOWDOWN", self.slowdown().to_string());
        command.env("ASAN_OPTIONS", "detect_leaks=1:exitcode=23");
        command.env("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1");
        command
    }
}

/// Compiles one program into the folder. Only `dlclose` is not linked with the library.
fn build(name: &str, way: Way, folder: &Folder, more: &[String]) -> PathBuf {
    let program = folder.0.join(name);
    let mut flags: Vec<String> = way.compiler_flags().iter().map(|flag| (*flag).to_owned()).collect();
    if name != "dlclose" {
        flags.extend(link_shared());
    }
    flags.extend(["-pthread".to_owned(), "-ldl".to_owned()]);
    flags.extend(more.iter().cloned());
    compile(&repository(&format!("tests/c/{name}.c")), &program, &flags);
    program
}

/// Runs a program, which must succeed.
fn check(name: &str, way: Way, command: &mut Command) {
    // The program's own alarm comes first; this limit is for a program that ignores it.
    let output = run(command, Duration::from_secs(70 * u64::from(way.slowdown())));
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{name} ({way:?}) ended with {}\n{stdout}{stderr}", output.status);
    assert_eq!(stdout.lines().last(), Some(format!("ok {name}").as_str()), "{stdout}{stderr}");
    // The library writes to neither stream, and a program that succeeds writes no errors.
    assert_eq!(stderr, "", "{name} ({way:?}) wrote to its standard error");
    assert!(!stdout.contains(SECRET_KEY));
    for line in stdout.lines().filter(|line| line.starts_with("skipped")) {
        // Written directly: the harness hides what a test prints that succeeds.
        std::io::stderr().write_all(format!("{name} ({way:?}) {line}\n").as_bytes()).unwrap();
    }
}

fn with_emulator(name: &str, way: Way, emulator: &Emulator) {
    emulator.add_key(SECRET_ID, SECRET_KEY);
    emulator.add_account(REGION, INSTANCE, USER);
    emulator.add_access_key(ASKER, ASKER_SECRET);
    emulator.add_ram_secret(SECRET_NAME);
    // A separate folder, because two tests may build the same program at the same time.
    let folder = Folder::new("c-program");
    let program = build(name, way, &folder, &[]);
    let mut command = way.command(&program);
    command.env("EVERCRED_TEST_ENDPOINT", emulator.host_port());
    command.env("EVERCRED_TEST_CONTROL", format!("http://{}", emulator.plain_host_port()));
    command.env("EVERCRED_TEST_LIBRARY", library().installed().join("libevercred.so.0"));
    match emulator.ca_path() {
        Some(ca) => command.env("EVERCRED_TEST_CA", ca),
        None => command.env_remove("EVERCRED_TEST_CA"),
    };
    check(name, way, &mut command);
}

fn over_http(name: &str, way: Way) {
    with_emulator(name, way, &Emulator::http().expect("an emulator"));
}

fn over_https(name: &str, way: Way) {
    with_emulator(name, way, &Emulator::https().expect("an emulator"));
}

fn with_mariadb(name: &str, way: Way) {
    let database = MariaDb::start();
    let key = format!("{SECRET_ID}:{SECRET_KEY}");
    let account = format!("{REGION}/{INSTANCE}/{USER}");
    let emulator = EmulatorProcess::start(Path::new(&database.socket), &["--key", &key, "--account", &account]);
    let folder = Folder::new("c-program");
    let program = build(name, way, &folder, &mariadb_flags());
    let mut command = way.command(&program);
    command.env("EVERCRED_TEST_ENDPOINT", &emulator.host_port);
    command.env("EVERCRED_TEST_CONTROL", &emulator.url);
    command.env("EVERCRED_TEST_MYSQL_PORT", database.port.to_string());
    command.env_remove("EVERCRED_TEST_CA");
    check(name, way, &mut command);
}

/// `program!(name: test = Way by function, …)`: a module per program with a test per way.
macro_rules! program {
    ($program:ident: $($test:ident = $way:ident by $server:ident),+ $(,)?) => {
        mod $program {
            $(
                #[test]
                fn $test() {
                    super::$server(stringify!($program), super::Way::$way);
                }
            )+
        }
    };
}

macro_rules! programs {
    ($($program:ident),+ $(,)?) => {
        $(
            program!($program:
                plain = Plain by over_http,
                sanitized = Sanitized by over_http,
                valgrind = Valgrind by over_http,
            );
        )+
    };
}

programs!(
    errors,
    threads,
    close_waiting,
    two_clients,
    report,
    rotation,
    log_callback,
    hanging_look_up,
    dlclose,
    sigpipe,
    lazy,
    many_opens,
    managed,
    secrets,
    identities,
    identity_callback,
    identity_source,
    managed_trouble,
    official_config,
    regions,
    subscription,
    warm_start,
    wrappers
);

// The instance is also asked over TLS, with the CA that its entry names.
program!(dedicated_kms:
    plain = Plain by over_http,
    sanitized = Sanitized by over_http,
    valgrind = Valgrind by over_http,
    plain_over_tls = Plain by over_https,
);

program!(lifecycle:
    plain = Plain by over_http,
    sanitized = Sanitized by over_http,
    valgrind = Valgrind by over_http,
    plain_over_tls = Plain by over_https,
    sanitized_over_tls = Sanitized by over_https,
    valgrind_over_tls = Valgrind by over_https,
);

// Not sanitized: the sanitizer's allocator does not handle its locks in a fork while other threads allocate.
program!(fork_child:
    plain = Plain by over_http,
    plain_over_tls = Plain by over_https,
    valgrind = Valgrind by over_http,
);

// As above; and many forks take too long under valgrind.
program!(fork_busy: plain = Plain by over_http);
program!(fork_config: plain = Plain by over_http);
program!(fork_cache: plain = Plain by over_http);

// They search the memory of the process, and the tools keep copies in theirs.
program!(secret_traces: plain = Plain by over_http);
program!(core_dump: plain = Plain by over_http);

// The tools do not run as the user that it changes to.
program!(no_threads: plain = Plain by over_http);

// It counts allocations and forbids system calls, and the tools make their own.
program!(hot_path: plain = Plain by over_http);

// It tests the database; the other programs test memory.
program!(mariadb_login: plain = Plain by with_mariadb);

/// Every program of the folder is in one of the lists above.
#[test]
fn no_program_is_forgotten() {
    let listed = include_str!("c_programs.rs");
    for entry in std::fs::read_dir(repository("tests/c")).expect("the folder of the programs") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let Some(name) = name.strip_suffix(".c") else { continue };
        let at_home = [format!("    {name},\n"), format!("    {name}\n"), format!("program!({name}:")];
        assert!(at_home.iter().any(|line| listed.contains(line)), "tests/c/{name}.c is not run");
    }
}
