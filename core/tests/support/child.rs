//! Tests that need a process of their own, for the working directory or for a variable that the C library reads: both belong
//! to all threads. Variables that evercred reads are set on the test's platform instead.

use std::path::Path;
use std::process::Command;

const MARK: &str = "EVERCRED_TEST_CHILD";

/// Runs the test of this name once more in a process with this environment and nothing else, in this folder. The body of
/// the test begins with it and goes on where it says `true`: then this is that process.
pub fn in_child(test: &str, environment: &[(&str, &str)], folder: &Path) -> bool {
    if std::env::var_os(MARK).is_some() {
        return true;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads", "1"])
        .env_clear()
        .env(MARK, "1")
        // No profile file of the user who runs the tests.
        .env("HOME", folder)
        .env("TMPDIR", std::env::temp_dir())
        .envs(environment.iter().copied())
        .current_dir(folder)
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"), "{test} in a process of its own:\n{text}");
    false
}
