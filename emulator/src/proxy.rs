//! A forward proxy to loopback targets.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::http::Head;
use crate::options::EmulatorError;
use crate::reader::{Failure, Reader};
use crate::reply::Reply;
use crate::util::system_ms;

/// A forward proxy on a loopback port, to loopback targets only; dropping it stops it. Names of the clouds can be routed to
/// an emulator, so that a test uses the hosts of a real program.
pub struct Proxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    /// The `Proxy-Authorization` value that is required.
    expected: Option<String>,
    /// Where port 443 or 80 of a host is routed to: a name, or a domain that begins with a dot.
    routes: Vec<(String, SocketAddr)>,
    connects: AtomicU64,
    forwards: AtomicU64,
    refused: AtomicU64,
    stop: Notify,
}

impl Proxy {
    /// Starts a proxy; with a user and password it requires them.
    pub fn start(user_password: Option<(&str, &str)>) -> Result<Proxy, EmulatorError> {
        Proxy::start_routing(user_password, &[])
    }

    /// As [`Proxy::start`]; requests to these hosts, or to any host of a domain that begins with a dot, go to a loopback
    /// address instead.
    pub fn start_routing(
        user_password: Option<(&str, &str)>,
        routes: &[(&str, SocketAddr)],
    ) -> Result<Proxy, EmulatorError> {
        if let Some((_, address)) = routes.iter().find(|(_, address)| !address.ip().is_loopback()) {
            return Err(EmulatorError::NotLoopback(*address));
        }
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).map_err(EmulatorError::io("listening"))?;
        listener.set_nonblocking(true).map_err(EmulatorError::io("listening"))?;
        let address = listener.local_addr().map_err(EmulatorError::io("listening"))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(EmulatorError::io("making a runtime"))?;
        let shared = Arc::new(Shared {
            expected: user_password.map(|(u, p)| format!("Basic {}", STANDARD.encode(format!("{u}:{p}")))),
            routes: routes.iter().map(|(host, address)| ((*host).to_owned(), *address)).collect(),
            connects: AtomicU64::new(0),
            forwards: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            stop: Notify::new(),
        });
        let running = shared.clone();
        let thread = std::thread::Builder::new()
            .name("evercred-proxy".to_owned())
            .spawn(move || runtime.block_on(run(listener, running)))
            .map_err(EmulatorError::io("starting a thread"))?;
        Ok(Proxy { shared, address, thread: Mutex::new(Some(thread)) })
    }

    /// `http://127.0.0.1:PORT`, without user and password.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `127.0.0.1:PORT`.
    pub fn host_port(&self) -> String {
        self.address.to_string()
    }

    /// How many tunnels were opened.
    pub fn connects(&self) -> u64 {
        self.shared.connects.load(Ordering::Relaxed)
    }

    /// How many plain requests were forwarded.
    pub fn forwards(&self) -> u64 {
        self.shared.forwards.load(Ordering::Relaxed)
    }

    /// How many requests were refused: wrong password, or a target that is not a loopback one.
    pub fn refused(&self) -> u64 {
        self.shared.refused.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.stop.notify_one();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            thread.join().ok();
        }
    }
}

async fn run(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    loop {
        tokio::select! {
            () = shared.stop.notified() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(tokio::spawn(serve(stream, shared.clone()))),
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            },
        }
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let mut reader = Reader::new(stream);
    loop {
        let (head, status) = match reader.head().await {
            Ok(head) => {
                let status = check_target(&head, &shared);
                (Some(head), status)
            }
            Err(Failure::Gone) => return,
            Err(Failure::Refused(status)) => (None, Err(status)),
        };
        let status = match (&head, status) {
            (Some(head), Ok(target)) => match TcpStream::connect(target.as_str()).await {
                Ok(upstream) => return relay(reader, upstream, head, &shared).await,
                Err(_) => 502,
            },
            (_, Err(status)) => status,
            (None, Ok(_)) => 400,
        };
        shared.refused.fetch_add(1, Ordering::Relaxed);
        let mut reply = Reply::text(status, "text/plain", "refused by the proxy\n");
        if status == 407 {
            reply.headers.push(("Proxy-Authenticate".to_owned(), "Basic realm=\"emulator\"".to_owned()));
        }
        // A client may retry on the same connection with a password; an unread body would break it.
        let keep = head.as_ref().is_some_and(|head| head.method == "CONNECT" && head.keep_alive);
        if !reply.send(&mut reader.stream, system_ms(), keep).await {
            return;
        }
    }
}

/// The target of a request, or the status that it is refused with.
fn check_target(head: &Head, shared: &Shared) -> Result<String, u16> {
    if let Some(expected) = &shared.expected
        && head.header("Proxy-Authorization") != Some(expected)
    {
        return Err(407);
    }
    let target = match head.method.as_str() {
        "CONNECT" => head.target.clone(),
        _ => {
            let rest = head.target.strip_prefix("http://").ok_or(400u16)?;
            let authority = rest.split(['/', '?']).next().unwrap_or_default();
            let ported = authority.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
            if ported { authority.to_owned() } else { format!("{authority}:80") }
        }
    };
    let host = target.rsplit_once(':').map_or("", |(host, _)| host);
    let routed = |name: &str| host == name || name.starts_with('.') && host.ends_with(name);
    if let Some((_, address)) = shared.routes.iter().find(|(name, _)| routed(name)) {
        return Ok(address.to_string());
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = bare == "localhost" || bare.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    if loopback { Ok(target) } else { Err(403) }
}

/// Forwards bytes both ways until either side closes.
async fn relay(reader: Reader<TcpStream>, mut upstream: TcpStream, head: &Head, shared: &Shared) {
    let (mut client, ahead) = reader.into_parts();
    let first = if head.method == "CONNECT" {
        shared.connects.fetch_add(1, Ordering::Relaxed);
        if client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.is_err() {
            return;
        }
        String::new()
    } else {
        shared.forwards.fetch_add(1, Ordering::Relaxed);
        origin_form(head)
    };
    if upstream.write_all(first.as_bytes()).await.is_ok() && upstream.write_all(&ahead).await.is_ok() {
        copy_bidirectional(&mut client, &mut upstream).await.ok();
    }
}

/// The request as the target receives it; the connection is closed after it.
fn origin_form(head: &Head) -> String {
    let rest = head.target.strip_prefix("http://").unwrap_or_default();
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let path = rest.get(at..).unwrap_or_default();
    let slash = if path.starts_with('/') { "" } else { "/" };
    let mut text = format!("{} {slash}{path} HTTP/1.1\r\n", head.method);
    for (name, value) in &head.headers {
        let own = ["proxy-authorization", "proxy-connection", "connection"];
        if !own.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    text.push_str("Connection: close\r\n\r\n");
    text
}
