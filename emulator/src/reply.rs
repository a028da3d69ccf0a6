//! HTTP answers, complete or damaged on purpose.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::body::Body;
use crate::fault::FaultKind;
use crate::refusal::Refusal;
use crate::util::http_date;

/// An HTTP answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Sent in place of `body`.
    pub(crate) stored: Option<Body>,
}

/// How long a client may take for the next part of an answer.
const IDLE: Duration = Duration::from_secs(120);
const PART: usize = 64 * 1024;

impl Reply {
    pub(crate) fn json(status: u16, value: &Value) -> Reply {
        Reply::text(status, "application/json", value.to_string())
    }

    pub(crate) fn text(status: u16, content_type: &str, text: impl Into<String>) -> Reply {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Reply { status, headers, body: text.into().into_bytes(), stored: None }
    }

    pub(crate) fn empty(status: u16) -> Reply {
        Reply { status, headers: Vec::new(), body: Vec::new(), stored: None }
    }

    /// The answer that a fault gives instead of the service; `None` if it gives no complete one. `refuse` gives an error the
    /// form of the service.
    pub(crate) fn of_fault(kind: &FaultKind, refuse: impl Fn(&Refusal) -> Reply) -> Option<Reply> {
        let mut reply = match kind {
            FaultKind::Answer { status, code: Some(code), message, .. } => {
                let message = message.as_deref().unwrap_or("An injected fault.");
                refuse(&Refusal::new(*status, code, message))
            }
            FaultKind::Answer { status, code: None, .. } => Reply::empty(*status),
            FaultKind::Raw { status, headers, body } => {
                Reply { headers: headers.clone(), body: body.clone(), ..Reply::empty(*status) }
            }
            FaultKind::Redirect { location } => {
                let headers = vec![("Location".to_owned(), location.clone())];
                Reply { headers, ..Reply::empty(302) }
            }
            _ => return None,
        };
        if let FaultKind::Answer { content_type, retry_after, .. } = kind {
            if let Some(content_type) = content_type {
                reply.headers.retain(|(name, _)| name != "Content-Type");
                reply.headers.push(("Content-Type".to_owned(), content_type.clone()));
            }
            if let Some(retry_after) = retry_after {
                reply.headers.push(("Retry-After".to_owned(), retry_after.clone()));
            }
        }
        Some(reply)
    }

    /// The length of the body.
    pub(crate) fn length(&self) -> u64 {
        self.stored.as_ref().map_or_else(|| u64::try_from(self.body.len()).unwrap_or(u64::MAX), Body::length)
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name))
    }

    /// Whether the connection can be kept after this answer: not if a fault chose its length or framing.
    fn keeps(&self) -> bool {
        !["content-length", "transfer-encoding", "connection"].iter().any(|name| self.has(name))
    }

    fn head(&self, now_ms: i64, keep_alive: bool) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        let mut add = |name: &str, value: &str| {
            head.push_str(&format!("{name}: {value}\r\n"));
        };
        for (name, value) in &self.headers {
            add(name, value);
        }
        if !self.has("date") {
            add("Date", &http_date(now_ms));
        }
        if !self.has("content-length") && !self.has("transfer-encoding") && self.may_have_body() {
            add("Content-Length", &self.length().to_string());
        }
        if !keep_alive && !self.has("connection") {
            add("Connection", "close");
        }
        head.push_str("\r\n");
        head
    }

    fn may_have_body(&self) -> bool {
        !matches!(self.status, 100..=199 | 204 | 304)
    }

    /// Sends it; false if the connection is to be closed.
    pub(crate) async fn send(&self, to: &mut (impl AsyncWrite + Unpin), now_ms: i64, keep_alive: bool) -> bool {
        let keep_alive = keep_alive && self.keeps();
        let most = if self.may_have_body() { u64::MAX } else { 0 };
        self.write(to, now_ms, keep_alive, most).await && keep_alive
    }

    /// Sends the head and a part of the body.
    pub(crate) async fn send_cut(&self, to: &mut (impl AsyncWrite + Unpin), now_ms: i64, bytes: usize) {
        self.write(to, now_ms, true, u64::try_from(bytes).unwrap_or(u64::MAX)).await;
    }

    /// Sends the head and at most this much of the body; false if that fails.
    async fn write(&self, to: &mut (impl AsyncWrite + Unpin), now_ms: i64, keep_alive: bool, most: u64) -> bool {
        let mut out = self.head(now_ms, keep_alive).into_bytes();
        let length = self.length().min(most);
        let Some(stored) = &self.stored else {
            out.extend(self.body.iter().take(usize::try_from(length).unwrap_or(usize::MAX)));
            return to.write_all(&out).await.is_ok() && to.flush().await.is_ok();
        };
        let mut sent = 0;
        loop {
            if !matches!(timeout(IDLE, to.write_all(&out)).await, Ok(Ok(()))) {
                return false;
            }
            if sent == length {
                return to.flush().await.is_ok();
            }
            let part = usize::try_from(length - sent).unwrap_or(usize::MAX).min(PART);
            let Ok(bytes) = stored.part(sent, part) else { return false };
            out = bytes.into_owned();
            sent += u64::try_from(part).unwrap_or(u64::MAX);
        }
    }
}

/// Sends a long body, chunked; false if the connection is to be closed.
pub(crate) async fn send_oversize(to: &mut (impl AsyncWrite + Unpin), now_ms: i64, bytes: usize) -> bool {
    let date = http_date(now_ms);
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: {date}\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    if to.write_all(head.as_bytes()).await.is_err() {
        return false;
    }
    let start = br#"{"Response":{"RequestId":""#;
    let mut left = bytes;
    while left > 0 {
        let size = left.min(16 * 1024);
        let filler = if left == bytes { start.as_slice() } else { &[] };
        let mut chunk = format!("{size:x}\r\n").into_bytes();
        chunk.extend(filler.iter().copied().chain(std::iter::repeat(b'a')).take(size));
        chunk.extend_from_slice(b"\r\n");
        if to.write_all(&chunk).await.is_err() {
            return false;
        }
        left -= size;
    }
    to.write_all(b"0\r\n\r\n").await.is_ok() && to.flush().await.is_ok()
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        411 => "Length Required",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        507 => "Insufficient Storage",
        _ => "Status",
    }
}
