//! A server that counts what it gets and answers every request with an error of the cloud.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::support::LONG;

/// A temporary failure, so that a source asks once and backs off.
const BODY: &str = r#"{"Response":{"Error":{"Code":"InternalError","Message":"later"},"RequestId":"r"}}"#;

#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    open: AtomicUsize,
    most_open: AtomicUsize,
    requests: AtomicUsize,
    busy: AtomicUsize,
    most_busy: AtomicUsize,
}

pub struct CountingServer {
    pub address: String,
    counts: Arc<Counts>,
}

impl CountingServer {
    /// Each answer takes this time.
    pub fn start(takes: Duration) -> CountingServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let counts = Arc::new(Counts::default());
        let shared = Arc::clone(&counts);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, counts) = (stream.unwrap(), Arc::clone(&shared));
                thread::spawn(move || serve(stream, &counts, takes));
            }
        });
        CountingServer { address, counts }
    }

    pub fn connections(&self) -> usize {
        self.counts.connections.load(Ordering::SeqCst)
    }

    pub fn open(&self) -> usize {
        self.counts.open.load(Ordering::SeqCst)
    }

    pub fn most_open(&self) -> usize {
        self.counts.most_open.load(Ordering::SeqCst)
    }

    pub fn requests(&self) -> usize {
        self.counts.requests.load(Ordering::SeqCst)
    }

    pub fn most_busy(&self) -> usize {
        self.counts.most_busy.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: TcpStream, counts: &Counts, takes: Duration) {
    counts.connections.fetch_add(1, Ordering::SeqCst);
    counts.most_open.fetch_max(counts.open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
    stream.set_read_timeout(Some(LONG)).unwrap();
    while read_request(&mut stream) {
        counts.requests.fetch_add(1, Ordering::SeqCst);
        counts.most_busy.fetch_max(counts.busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        thread::sleep(takes);
        counts.busy.fetch_sub(1, Ordering::SeqCst);
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", BODY.len());
        if stream.write_all(format!("{head}{BODY}").as_bytes()).is_err() {
            break;
        }
    }
    counts.open.fetch_sub(1, Ordering::SeqCst);
}

/// Reads a request with its body; `false` at the end of the connection.
fn read_request(stream: &mut TcpStream) -> bool {
    let mut request = Vec::new();
    let mut byte = [0; 1];
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => request.push(byte[0]),
            _ => return false,
        }
    }
    let head = String::from_utf8_lossy(&request).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    stream.read_exact(&mut body).is_ok()
}
