//! Rotations of accounts of a real server: a MariaDB of its own for each test, which has to be installed.
#![cfg(feature = "mysql")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use evercred_emulator::{Emulator, Options};

struct Server {
    child: Child,
    folder: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

/// Server programs are not always on a user's path.
fn find(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/sbin")]);
    let found = folders.map(|folder| folder.join(name)).find(|path| path.exists());
    found.unwrap_or_else(|| panic!("{name} is not installed (Debian: mariadb-server)"))
}

impl Server {
    fn start() -> Server {
        // Not below the build folder: a socket's path has to be short.
        let folder = std::env::temp_dir().join(format!("evercred-db-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let data = format!("--datadir={}", folder.join("data").display());
        let mut common = vec!["--no-defaults".to_owned(), data];
        if folder.metadata().map(|m| std::os::unix::fs::MetadataExt::uid(&m)).unwrap() == 0 {
            common.push("--user=root".to_owned());
        }
        let install = Command::new(find("mariadb-install-db"))
            .args(&common)
            .args(["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"])
            .output()
            .unwrap();
        assert!(install.status.success(), "{install:?}");
        let child = Command::new(find("mariadbd"))
            .args(&common)
            .arg(format!("--socket={}", folder.join("s").display()))
            .arg(format!("--pid-file={}", folder.join("pid").display()))
            .arg(format!("--log-error={}", folder.join("log").display()))
            .args(["--skip-networking", "--innodb-buffer-pool-size=16M", "--skip-log-bin", "--performance-schema=OFF"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Server { child, folder };
        let start = Instant::now();
        while !server.lets_in("root", "") {
            assert!(start.elapsed() < Duration::from_secs(60), "MariaDB does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("s")
    }

    /// Whether the vendor's client gets in.
    fn lets_in(&self, user: &str, password: &str) -> bool {
        let client = Command::new(find("mariadb"))
            .arg("--no-defaults")
            .arg(format!("--socket={}", self.socket().display()))
            .arg(format!("--user={user}"))
            .args(["-e", "SELECT 1"])
            .env("MYSQL_PWD", password)
            .output();
        client.unwrap().status.success()
    }
}

fn start(socket: &Path, state_file: Option<PathBuf>) -> Emulator {
    let mysql = Some(format!("mysql://root@localhost?socket={}", socket.display()));
    Emulator::start(Options { mysql, state_file, ..Options::default() }).unwrap()
}

#[test]
fn rotations_reach_the_real_account() {
    let mut server = Server::start();
    let state = server.folder.join("state.json");
    let emulator = start(&server.socket(), Some(state.clone()));
    let user = "app'user\\x";
    emulator.add_account("r", "i", user);
    assert_eq!(emulator.last_error(), None);
    let first = emulator.password("r", "i", user).unwrap();
    assert!(server.lets_in(user, &first) && !server.lets_in(user, "frob"));
    assert!(emulator.rotate("r", "i", user));
    let second = emulator.password("r", "i", user).unwrap();
    assert!(server.lets_in(user, &second) && !server.lets_in(user, &first));
    let odd = "a'b\"c\\d`e%f$(g) 用户 --";
    assert!(emulator.rotate_to("r", "i", user, odd));
    assert!(server.lets_in(user, odd));
    // By the clock, while nobody asks.
    emulator.advance_clock(Duration::from_secs(24 * 3600 + 1));
    let third = emulator.password("r", "i", user).unwrap();
    assert!(server.lets_in(user, &third) && !server.lets_in(user, odd));
    // A new emulator takes up the old one's passwords.
    drop(emulator);
    let emulator = start(&server.socket(), Some(state));
    assert_eq!(emulator.password("r", "i", user), Some(third.clone()));
    assert!(server.lets_in(user, &third));
    // Without the database nothing rotates, and it shows.
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    assert!(!emulator.rotate("r", "i", user));
    assert_eq!(emulator.password("r", "i", user), Some(third));
    assert!(emulator.last_error().is_some());
}
