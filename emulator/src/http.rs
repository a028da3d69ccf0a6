//! Reads HTTP/1.1 requests from a stream. It uses nothing of the crate.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

const MAX_HEAD: usize = 64 * 1024;
const MAX_BODY: usize = 1024 * 1024;
/// Longer than any client keeps an idle connection that it still wants to use.
const IDLE: Duration = Duration::from_secs(120);

/// The first line and the headers of a request.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) keep_alive: bool,
    length: usize,
}

impl Head {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The values of every header of this name, in order.
    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

#[cfg(test)]
impl Head {
    pub(crate) fn made(method: &str, target: &str, headers: Vec<(String, String)>) -> Head {
        Head { method: method.to_owned(), target: target.to_owned(), headers, keep_alive: true, length: 0 }
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Head {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Why no request could be read.
pub(crate) enum Failure {
    /// The client closed the connection.
    Gone,
    /// The request is answered with this status, then the connection is closed.
    Refused(u16),
}

impl From<io::Error> for Failure {
    fn from(_: io::Error) -> Failure {
        Failure::Gone
    }
}

/// A connection with what was read ahead.
pub(crate) struct Reader<S> {
    pub(crate) stream: S,
    buffer: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Reader<S> {
    pub(crate) fn new(stream: S) -> Reader<S> {
        Reader { stream, buffer: Vec::new() }
    }

    /// The stream, and the bytes read from it that are not consumed yet.
    pub(crate) fn into_parts(self) -> (S, Vec<u8>) {
        (self.stream, self.buffer)
    }

    async fn fill(&mut self) -> Result<(), Failure> {
        match timeout(IDLE, self.stream.read_buf(&mut self.buffer)).await {
            Ok(Ok(count)) if count > 0 => Ok(()),
            _ => Err(Failure::Gone),
        }
    }

    /// Waits until the client closes the connection.
    pub(crate) async fn closed(&mut self) {
        while self.fill().await.is_ok() {
            self.buffer.clear();
        }
    }

    pub(crate) async fn head(&mut self) -> Result<Head, Failure> {
        loop {
            if let Some((head, used)) = parse(&self.buffer)? {
                if used > MAX_HEAD {
                    return Err(Failure::Refused(431));
                }
                self.buffer.drain(..used);
                return Ok(head);
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(Failure::Refused(431));
            }
            self.fill().await?;
        }
    }

    pub(crate) async fn body(&mut self, head: &Head) -> Result<Vec<u8>, Failure> {
        if head.header("transfer-encoding").is_some() {
            return Err(Failure::Refused(411));
        }
        if head.length > MAX_BODY {
            return Err(Failure::Refused(413));
        }
        if head.length > 0 && head.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
            self.stream.flush().await?;
        }
        while self.buffer.len() < head.length {
            self.fill().await?;
        }
        let rest = self.buffer.split_off(head.length);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }
}

/// The request head at the start of the bytes and its length; `None` if it is incomplete.
fn parse(bytes: &[u8]) -> Result<Option<(Head, usize)>, Failure> {
    let mut fields = [httparse::EMPTY_HEADER; 100];
    let mut request = httparse::Request::new(&mut fields);
    let used = match request.parse(bytes) {
        Ok(httparse::Status::Complete(used)) => used,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Failure::Refused(431)),
        Err(_) => return Err(Failure::Refused(400)),
    };
    let headers: Vec<(String, String)> = request
        .headers
        .iter()
        .map(|field| (field.name.to_owned(), String::from_utf8_lossy(field.value).into_owned()))
        .collect();
    let mut head = Head {
        method: request.method.unwrap_or_default().to_owned(),
        target: request.path.unwrap_or_default().to_owned(),
        headers,
        keep_alive: request.version == Some(1),
        length: 0,
    };
    let connection = head.header("connection").unwrap_or_default().to_ascii_lowercase();
    if connection.split(',').any(|word| word.trim() == "close") {
        head.keep_alive = false;
    }
    let lengths: Vec<_> = head.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case("content-length")).collect();
    head.length = match lengths.as_slice() {
        [] => 0,
        [(_, value)] => value.trim().parse().map_err(|_| Failure::Refused(400))?,
        _ => return Err(Failure::Refused(400)),
    };
    Ok(Some((head, used)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Option<Head> {
        parse(text.as_bytes()).ok().flatten().map(|(head, _)| head)
    }

    #[test]
    fn heads() {
        let parsed = head("POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello").unwrap();
        assert_eq!((parsed.path(), parsed.query(), parsed.length, parsed.keep_alive), ("/a", "b=c", 5, true));
        assert!(head("GET / HTTP/1.1\r\nHost").is_none());
        assert!(!head("GET / HTTP/1.0\r\n\r\n").unwrap().keep_alive);
        assert!(!head("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n").unwrap().keep_alive);
        let double = b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n";
        assert!(matches!(parse(double), Err(Failure::Refused(400))));
    }
}
