//! Helpers for the tests of the built library: the library, tools, bounded runs, throwaway servers.
//!
//! The crate under test is a cdylib and a staticlib, so no Rust test can link it: it is built by cargo as a user
//! would build it, and driven from C.
#![allow(dead_code, reason = "each test program uses a part of this")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails the test; clippy's exception for tests sees only #[test] functions"
)]

pub mod servers;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The warnings that a user's project may enable.
pub const STRICT: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// The libraries that a static Rust library needs on Linux, as in `evercred.pc`.
pub const STATIC_NEEDS: [&str; 7] = ["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc"];

/// A path inside the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A path for a test's own files; the test chooses the name.
pub fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(folder).expect("the folder for test files");
    folder.join(name)
}

/// A new, empty folder for a test's own files, removed when it is dropped.
pub struct Folder(pub PathBuf);

impl Folder {
    /// Creates the folder.
    pub fn new(name: &str) -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = scratch(&format!("{name}-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for test files");
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// The built library.
pub struct Library {
    /// The folder with `libevercred.so` and `libevercred.a`.
    pub directory: PathBuf,
}

impl Library {
    /// The shared library.
    pub fn shared(&self) -> PathBuf {
        self.directory.join("libevercred.so")
    }

    /// The archive as cargo builds it.
    pub fn archive(&self) -> PathBuf {
        self.directory.join("libevercred.a")
    }

    /// A folder where the loader finds the shared library by its SONAME, as after an installation.
    pub fn installed(&self) -> &'static Path {
        static FOLDER: OnceLock<PathBuf> = OnceLock::new();
        FOLDER.get_or_init(|| {
            let folder = scratch("lib");
            fs::create_dir_all(&folder).expect("a folder for links");
            for name in ["libevercred.so", "libevercred.so.0"] {
                // Another test program may do the same, so each link is created atomically.
                let link = folder.join(format!("{name}.{}", std::process::id()));
                std::os::unix::fs::symlink(self.shared(), &link).expect("a link to the library");
                fs::rename(link, folder.join(name)).expect("a link to the library");
            }
            folder
        })
    }
}

/// The library under test: from `EVERCRED_LIB_DIR` if that is set, otherwise built once.
pub fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let library = match std::env::var_os("EVERCRED_LIB_DIR") {
            Some(directory) => Library { directory: PathBuf::from(directory) },
            None => {
                let files = cargo_build("evercred", |message| message["target"]["name"] == "evercred");
                let shared = files.iter().find(|file| file.extension().is_some_and(|it| it == "so"));
                let shared = shared.expect("cargo said where the shared library is");
                Library { directory: shared.parent().expect("a folder").to_owned() }
            }
        };
        for file in [library.shared(), library.archive()] {
            assert!(file.is_file(), "there is no {}", file.display());
        }
        library
    })
}

/// The emulator as a program, with the database client that the test library is built without.
pub fn emulator_program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let files = cargo_build("evercred-emulator", |message| message["executable"].is_string());
        files.into_iter().find(|file| file.ends_with("evercred-emulator")).expect("the emulator program")
    })
}

/// Builds a package with cargo and returns the files of the artifacts that `wanted` chooses.
fn cargo_build(package: &str, wanted: impl Fn(&serde_json::Value) -> bool) -> Vec<PathBuf> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--quiet", "--package", package, "--message-format=json-render-diagnostics"]);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = run(&mut command, Duration::from_secs(1200));
    assert!(output.status.success(), "{package} cannot be built:\n{}", text(&output.stderr));
    text(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact" && wanted(message))
        .filter_map(|message| message["filenames"].as_array().cloned())
        .flatten()
        .filter_map(|file| file.as_str().map(PathBuf::from))
        .collect()
}

/// The path of a tool. The project's script installs a missing tool; if that fails, the test fails.
pub fn tool(name: &str) -> PathBuf {
    static SETUP: OnceLock<String> = OnceLock::new();
    if let Some(found) = find_tool(name) {
        return found;
    }
    let said = SETUP.get_or_init(|| {
        let mut setup = Command::new(repository("scripts/setup.sh"));
        let output = run(setup.args(["test", "demo"]), Duration::from_secs(600));
        format!("{}{}", text(&output.stdout), text(&output.stderr))
    });
    find_tool(name).unwrap_or_else(|| panic!("{name} is missing and could not be installed: {}", said.trim()))
}

/// The path of a tool that a test can do without.
pub fn find_tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The text of bytes that a program has written.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs a command to its end, at most for `limit`. Its output goes through files, so no pipe can fill up.
pub fn run(command: &mut Command, limit: Duration) -> Output {
    let folder = Folder::new("run");
    let (out, err) = (folder.0.join("out"), folder.0.join("err"));
    command.stdin(Stdio::null());
    command.stdout(fs::File::create(&out).expect("a file for output"));
    command.stderr(fs::File::create(&err).expect("a file for output"));
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let status = wait(&mut child, limit);
    let read = |file: &Path| fs::read(file).expect("the output");
    let (stdout, stderr) = (read(&out), read(&err));
    match status {
        Some(status) => Output { status, stdout, stderr },
        None => panic!("{command:?} did not end within {limit:?}\n{}{}", text(&stdout), text(&stderr)),
    }
}

/// Runs a command that must succeed and returns what it wrote to its standard output.
pub fn run_well(command: &mut Command, limit: Duration) -> String {
    let output = run(command, limit);
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?} ended with {}\n{stdout}{stderr}", output.status);
    stdout
}

/// Waits for a child process. Kills one that is late, and returns `None`.
pub fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait().expect("a child to wait for") {
            return Some(status);
        }
        if Instant::now() >= deadline {
            child.kill().ok();
            child.wait().ok();
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Compiles a C program of the repository against the header, with strict warnings; `more` comes last.
pub fn compile(source: &Path, program: &Path, more: &[String]) {
    let mut command = Command::new(tool("gcc"));
    command.args(["-std=c99", "-g"]).args(STRICT).arg("-I").arg(repository("include"));
    command.arg(source).arg("-o").arg(program).args(more);
    run_well(&mut command, Duration::from_secs(120));
}

/// What links a program with the shared library and lets the loader find it.
pub fn link_shared() -> Vec<String> {
    let folder = library().installed().display();
    vec![format!("-L{folder}"), "-levercred".into(), format!("-Wl,-rpath,{folder}")]
}

/// The compiler and linker flags of libmariadb.
pub fn mariadb_flags() -> Vec<String> {
    let mut query = Command::new(tool("pkg-config"));
    query.args(["--cflags", "--libs", "libmariadb"]);
    let first = run(&mut query, Duration::from_secs(10));
    if !first.status.success() {
        // Sets up what is missing and says so if that fails.
        run_well(Command::new(repository("scripts/setup.sh")).arg("demo"), Duration::from_secs(600));
    }
    run_well(&mut query, Duration::from_secs(10)).split_whitespace().map(str::to_owned).collect()
}
