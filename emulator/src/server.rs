//! Ports and connections: reads requests, applies faults and disruptions, sends answers.

use std::io;
use std::net::TcpListener as StdListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{interval, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::body::{Body, IN_MEMORY};
use crate::disruption::Disruption;
use crate::fault::FaultKind;
use crate::http::Head;
use crate::reader::{Failure, Reader};
use crate::record::RecordedRequest;
use crate::refusal::Refusal;
use crate::reply::{Reply, send_oversize};
use crate::shared::{Opened, Shared};
use crate::util::system_ms;
use crate::{control, service};

/// The longest body of a call that is no upload, which is read in memory.
const MAX_CALL: usize = 64 * 1024 * 1024;

/// How long the rest of a refused request is read and thrown away.
const LINGER: Duration = Duration::from_secs(2);

/// How often rotations are checked between requests.
const TICK: Duration = Duration::from_millis(50);

pub(crate) struct Server {
    pub(crate) shared: Arc<Shared>,
    pub(crate) acceptor: Option<TlsAcceptor>,
    pub(crate) max_lifetime: Duration,
    /// Further ports to serve.
    pub(crate) opened: UnboundedReceiver<Opened>,
}

/// A port with the properties of its connections.
#[derive(Clone)]
struct Port {
    shared: Arc<Shared>,
    acceptor: Option<TlsAcceptor>,
    region: Option<String>,
}

/// A connection that can be reset.
trait Connection: AsyncRead + AsyncWrite + Unpin {
    /// Makes the next close a reset.
    fn reset_on_close(&self);
}

impl Connection for TcpStream {
    fn reset_on_close(&self) {
        self.set_zero_linger().ok();
    }
}

impl Connection for TlsStream<TcpStream> {
    fn reset_on_close(&self) {
        self.get_ref().0.set_zero_linger().ok();
    }
}

impl Server {
    /// Serves until `stop` is notified or the lifetime is over.
    pub(crate) async fn run(mut self, listener: StdListener) {
        let main = Port { shared: self.shared.clone(), acceptor: self.acceptor.clone(), region: None };
        tokio::spawn(main.clone().serve(listener));
        let life = sleep(self.max_lifetime);
        tokio::pin!(life);
        let mut tick = interval(TICK);
        loop {
            tokio::select! {
                () = self.shared.stop.notified() => return,
                () = &mut life => return,
                _ = tick.tick() => self.shared.with(|_| ()),
                Some(opened) = self.opened.recv() => {
                    let acceptor = main.acceptor.clone().filter(|_| opened.tls);
                    let port = Port { acceptor, region: opened.region, ..main.clone() };
                    tokio::spawn(port.serve(opened.listener));
                }
            }
        }
    }
}

impl Port {
    async fn serve(self, listener: StdListener) {
        let Ok(listener) = TcpListener::from_std(listener) else { return };
        loop {
            self.accepted(listener.accept().await.map(|(stream, _)| stream)).await;
        }
    }

    async fn accepted(&self, stream: io::Result<TcpStream>) {
        let Ok(stream) = stream else {
            // Most likely out of file descriptors: an immediate retry would be a busy loop.
            return sleep(TICK).await;
        };
        self.shared.connections.fetch_add(1, Ordering::Relaxed);
        stream.set_nodelay(true).ok();
        if self.is_down() {
            return stream.reset_on_close();
        }
        let port = self.clone();
        match self.acceptor.clone() {
            None => drop(tokio::spawn(serve(stream, port))),
            Some(acceptor) => drop(tokio::spawn(async move {
                if let Ok(Ok(stream)) = timeout(Duration::from_secs(10), acceptor.accept(stream)).await {
                    serve(stream, port).await;
                }
            })),
        }
    }

    fn is_down(&self) -> bool {
        let Some(region) = &self.region else { return false };
        self.shared.with(|state| service::is_down(state, region))
    }
}

/// What happens to a connection after a request.
enum After {
    Keep,
    Close,
    /// Closed without an answer: the client sees a truncated stream.
    Truncate,
    Reset,
}

async fn serve(stream: impl Connection, port: Port) {
    let shared = port.shared.clone();
    let mut reader = Reader::new(stream);
    loop {
        let after = match one(&mut reader, &shared, port.region.as_deref()).await {
            Ok(after) => after,
            Err(Failure::Gone) => After::Truncate,
            Err(Failure::Refused(status)) => {
                let now = shared.with(|state| state.now_ms());
                Reply::empty(status).send(&mut reader.stream, now, false).await;
                reader.stream.shutdown().await.ok();
                // Closed with bytes unread, the connection would be reset, and the client might never see the answer.
                timeout(LINGER, reader.closed()).await.ok();
                After::Truncate
            }
        };
        match after {
            After::Keep => {}
            After::Close => return drop(reader.stream.shutdown().await),
            After::Truncate => return,
            After::Reset => return reader.stream.reset_on_close(),
        }
    }
}

/// One request and its answer.
async fn one<S: Connection>(reader: &mut Reader<S>, shared: &Shared, region: Option<&str>) -> Result<After, Failure> {
    let head = reader.head().await?;
    if !shared.count_request() {
        return Ok(After::Truncate);
    }
    let is_control = control::covers(head.path());
    if !is_control {
        let name = shared.with(|state| service::name(state, &head, None));
        if shared.with(|state| state.faults.take_close_early(name.as_deref())) {
            record(shared, &head, Vec::new(), name.unwrap_or_else(|| "unknown".to_owned()));
            return Ok(After::Reset);
        }
    }
    let body = reader.body(&head, &shared.body_files).await?;
    let start = body.part(0, IN_MEMORY).unwrap_or_default().into_owned();
    let in_memory = is_control || !shared.with(|state| service::takes_files(state, &head));
    let whole = if in_memory { body.loaded(MAX_CALL) } else { Some(body) };
    let known = whole.as_ref().map(Body::in_memory);
    if is_control {
        let reply = known.map_or_else(|| Reply::empty(413), |bytes| control::answer(shared, &head, bytes));
        return Ok(send(reader, shared, &head, &reply).await);
    }
    let name = shared.with(|state| service::name(state, &head, Some(known.unwrap_or_default()))).unwrap_or_default();
    record(shared, &head, start, name.clone());
    let Some(whole) = &whole else {
        let refusal = Refusal::new(413, "RequestSizeLimitExceeded", "The request is larger than 64 MiB.");
        let reply = shared.with(|state| service::refused(state, &head, &[], &refusal));
        return Ok(send(reader, shared, &head, &reply).await);
    };
    let body = whole.in_memory();
    let (disruption, pause) = shared.with(|state| service::disruption(state, region, &head, body));
    if !pause.is_zero() {
        sleep(pause).await;
    }
    match disruption {
        Disruption::None => {}
        Disruption::Down => return Ok(After::Reset),
        Disruption::Silent => {
            reader.closed().await;
            return Ok(After::Truncate);
        }
        Disruption::Refused(refusal) => {
            let reply = shared.with(|state| service::refused(state, &head, body, &refusal));
            return Ok(send(reader, shared, &head, &reply).await);
        }
    }
    let normal = || shared.with(|state| service::answer(state, &head, whole));
    let Some(fault) = shared.with(|state| state.faults.take(&name)) else {
        return Ok(send(reader, shared, &head, &normal()).await);
    };
    let refuse = |refusal: &Refusal| shared.with(|state| service::refused(state, &head, body, refusal));
    if let Some(reply) = Reply::of_fault(&fault, refuse) {
        return Ok(send(reader, shared, &head, &reply).await);
    }
    let now = shared.with(|state| state.now_ms());
    Ok(match fault {
        FaultKind::Delay(pause) => {
            sleep(pause).await;
            send(reader, shared, &head, &normal()).await
        }
        FaultKind::Truncate { bytes } => {
            normal().send_cut(&mut reader.stream, now, bytes).await;
            After::Truncate
        }
        FaultKind::Oversize { bytes } => match send_oversize(&mut reader.stream, now, bytes).await {
            true if head.keep_alive => After::Keep,
            _ => After::Close,
        },
        FaultKind::CloseEarly => After::Reset,
        _ => After::Truncate,
    })
}

async fn send<S: Connection>(reader: &mut Reader<S>, shared: &Shared, head: &Head, reply: &Reply) -> After {
    let now = shared.with(|state| state.now_ms());
    if reply.send(&mut reader.stream, now, head.keep_alive).await { After::Keep } else { After::Close }
}

fn record(shared: &Shared, head: &Head, body: Vec<u8>, action: String) {
    shared.with(|state| {
        let at_ms = state.now_ms();
        state.records.add(RecordedRequest {
            action,
            method: head.method.clone(),
            target: head.target.clone(),
            headers: head.headers.clone(),
            body,
            at_ms,
            system_ms: system_ms(),
        });
    });
}
