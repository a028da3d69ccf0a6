//! Connections.

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

use crate::disruption::Disruption;
use crate::fault::FaultKind;
use crate::http::{Failure, Head, Reader};
use crate::record::RecordedRequest;
use crate::refusal::Refusal;
use crate::reply::{Reply, send_oversize};
use crate::shared::{Opened, Shared};
use crate::util::system_ms;
use crate::{control, service};

/// How often rotations are looked after when nobody asks for anything.
const TICK: Duration = Duration::from_millis(50);

pub(crate) struct Server {
    pub(crate) shared: Arc<Shared>,
    pub(crate) acceptor: Option<TlsAcceptor>,
    pub(crate) max_lifetime: Duration,
    /// Further ports, as they are asked for.
    pub(crate) opened: UnboundedReceiver<Opened>,
}

/// A port, and what its connections are.
#[derive(Clone)]
struct Port {
    shared: Arc<Shared>,
    acceptor: Option<TlsAcceptor>,
    region: Option<String>,
}

/// A connection that can be ended rudely.
trait Wire: AsyncRead + AsyncWrite + Unpin {
    /// Makes the coming close a reset.
    fn rude(&self);
}

impl Wire for TcpStream {
    fn rude(&self) {
        self.set_zero_linger().ok();
    }
}

impl Wire for TlsStream<TcpStream> {
    fn rude(&self) {
        self.get_ref().0.set_zero_linger().ok();
    }
}

impl Server {
    /// Serves until it is told to stop or has served long enough.
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
            // Out of descriptors, most likely: trying again at once would only burn the processor.
            return sleep(TICK).await;
        };
        self.shared.connections.fetch_add(1, Ordering::Relaxed);
        stream.set_nodelay(true).ok();
        if self.is_down() {
            return stream.rude();
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

/// What becomes of a connection after a request.
enum After {
    Keep,
    Close,
    /// Closed without a word, so that the other side sees a cut.
    Cut,
    Reset,
}

async fn serve(stream: impl Wire, port: Port) {
    let shared = port.shared.clone();
    let mut reader = Reader::new(stream);
    loop {
        let after = match one(&mut reader, &shared, port.region.as_deref()).await {
            Ok(after) => after,
            Err(Failure::Gone) => After::Cut,
            Err(Failure::Refused(status)) => {
                let now = shared.with(|state| state.now_ms());
                Reply::empty(status).send(&mut reader.stream, now, false).await;
                After::Close
            }
        };
        match after {
            After::Keep => {}
            After::Close => return drop(reader.stream.shutdown().await),
            After::Cut => return,
            After::Reset => return reader.stream.rude(),
        }
    }
}

/// One request and its answer.
async fn one<S: Wire>(reader: &mut Reader<S>, shared: &Shared, region: Option<&str>) -> Result<After, Failure> {
    let head = reader.head().await?;
    if !shared.count_request() {
        return Ok(After::Cut);
    }
    let is_control = control::covers(head.path());
    if !is_control {
        let name = shared.with(|state| service::name(state, &head, None));
        if shared.with(|state| state.faults.take_close_early(name.as_deref())) {
            record(shared, &head, Vec::new(), name.unwrap_or_else(|| "unknown".to_owned()));
            return Ok(After::Reset);
        }
    }
    let body = reader.body(&head).await?;
    if is_control {
        let reply = control::answer(shared, &head, &body);
        return Ok(send(reader, shared, &head, &reply).await);
    }
    let name = shared.with(|state| service::name(state, &head, Some(&body))).unwrap_or_default();
    record(shared, &head, body.clone(), name.clone());
    let (disruption, pause) = shared.with(|state| service::disruption(state, region, &head, &body));
    if !pause.is_zero() {
        sleep(pause).await;
    }
    match disruption {
        Disruption::None => {}
        Disruption::Down => return Ok(After::Reset),
        Disruption::Silent => {
            reader.closed().await;
            return Ok(After::Cut);
        }
        Disruption::Refused(refusal) => {
            let reply = shared.with(|state| service::refused(state, &head, &body, &refusal));
            return Ok(send(reader, shared, &head, &reply).await);
        }
    }
    let normal = || shared.with(|state| service::answer(state, &head, &body));
    let Some(fault) = shared.with(|state| state.faults.take(&name)) else {
        return Ok(send(reader, shared, &head, &normal()).await);
    };
    let refuse = |refusal: &Refusal| shared.with(|state| service::refused(state, &head, &body, refusal));
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
            After::Cut
        }
        FaultKind::Oversize { bytes } => match send_oversize(&mut reader.stream, now, bytes).await {
            true if head.keep_alive => After::Keep,
            _ => After::Close,
        },
        FaultKind::CloseEarly => After::Reset,
        _ => After::Cut,
    })
}

async fn send<S: Wire>(reader: &mut Reader<S>, shared: &Shared, head: &Head, reply: &Reply) -> After {
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
