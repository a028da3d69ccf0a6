//! Throwaway servers in separate processes. Both end when their standard input closes, so that a killed test program
//! leaves no process behind.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::{Folder, emulator_program, repository, tool, wait};

/// A child that prints one line when it is ready.
struct Server {
    child: Child,
    ready: String,
}

impl Server {
    fn start(command: &mut Command, limit: Duration) -> Server {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let mut server = Server { child, ready: String::new() };
        let stdout = server.child.stdout.take().expect("its output");
        let (sender, receiver) = mpsc::channel();
        // The thread ends with the child, whose output it reads.
        std::thread::spawn(move || {
            let mut line = String::new();
            let read = BufReader::new(stdout).read_line(&mut line);
            sender.send(read.map(|_| line)).ok();
        });
        match receiver.recv_timeout(limit) {
            Ok(Ok(line)) if !line.is_empty() => server.ready = line,
            other => panic!("{command:?} did not get ready within {limit:?}: {other:?}"),
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        wait(&mut self.child, Duration::from_secs(10));
    }
}

/// A MariaDB on a loopback port.
pub struct MariaDb {
    _server: Server,
    _folder: Folder,
    /// The port for clients.
    pub port: u16,
    /// The socket for the administrator.
    pub socket: String,
}

impl MariaDb {
    /// Starts one with empty tables.
    pub fn start() -> MariaDb {
        // Looked up here so that missing tools are installed.
        tool("mariadb");
        let folder = Folder::new("db");
        let mut command = Command::new(repository("scripts/mariadb.sh"));
        let server = Server::start(command.arg(&folder.0), Duration::from_secs(90));
        let words: Vec<&str> = server.ready.split_whitespace().collect();
        assert_eq!((words.len(), words[0]), (3, "ready"), "{}", server.ready);
        let (port, socket) = (words[1].parse().expect("a port"), words[2].to_owned());
        MariaDb { _server: server, _folder: folder, port, socket }
    }
}

/// The emulator as a program, over plain HTTP.
pub struct EmulatorProcess {
    _server: Server,
    /// Host and port of the emulated cloud.
    pub host_port: String,
    /// Its base URL.
    pub url: String,
}

impl EmulatorProcess {
    /// Starts one that keeps the accounts of a real server; `arguments` are of its command line.
    pub fn start(socket: &Path, arguments: &[&str]) -> EmulatorProcess {
        let mut command = Command::new(emulator_program());
        command.args(["--listen", "127.0.0.1:0", "--until-stdin-closes", "--lifetime-s", "600", "--mysql"]);
        command.arg(format!("mysql://root@localhost?socket={}", socket.display())).args(arguments);
        let server = Server::start(&mut command, Duration::from_secs(30));
        let ready: serde_json::Value = serde_json::from_str(&server.ready).expect("a line of JSON");
        let field = |name: &str| ready[name].as_str().expect("a text").to_owned();
        EmulatorProcess { host_port: field("host_port"), url: field("url"), _server: server }
    }
}
