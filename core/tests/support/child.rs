//! Tests that need a process of their own: environment variables and the working directory belong to all threads.

#![allow(dead_code, reason = "each test file uses its part")]

use std::path::{Path, PathBuf};
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

/// A folder that is removed with the value.
pub struct Folder(PathBuf);

impl Folder {
    /// An empty folder for the test of this name.
    pub fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("evercred-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A file in it, with the folders above it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}
