//! Reads HTTP/1.1 requests from a stream. It uses `http` and `body`.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use crate::body::{Body, BodyFiles, Full, Incoming};
use crate::http::{Framing, Head, parse};

const MAX_HEAD: usize = 64 * 1024;
/// The line of a chunk's size, with its extensions.
const MAX_LINE: usize = 4096;
const READ_AHEAD: usize = 64 * 1024;

/// How long a client may take. A part and the whole have limits of their own: one byte now and then keeps neither waiting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// For the next bytes. Longer than any client keeps an idle connection that it still wants to use.
    idle: Duration,
    /// For a whole head, from its first byte on.
    head: Duration,
    /// For a whole body.
    body: Duration,
}

const LIMITS: Limits =
    Limits { idle: Duration::from_secs(120), head: Duration::from_secs(30), body: Duration::from_secs(300) };

/// Why no request could be read.
#[derive(Debug, PartialEq)]
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

impl From<Full> for Failure {
    fn from(full: Full) -> Failure {
        match full {
            Full::Files => Failure::Refused(503),
            Full::Disk => Failure::Refused(507),
        }
    }
}

/// A connection with what was read ahead.
pub(crate) struct Reader<S> {
    pub(crate) stream: S,
    buffer: Vec<u8>,
    limits: Limits,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Reader<S> {
    pub(crate) fn new(stream: S) -> Reader<S> {
        Reader { stream, buffer: Vec::new(), limits: LIMITS }
    }

    /// The stream, and the bytes read from it that are not consumed yet.
    pub(crate) fn into_parts(self) -> (S, Vec<u8>) {
        (self.stream, self.buffer)
    }

    /// Reads more, until the deadline of the whole: past it the request is refused.
    async fn fill(&mut self, deadline: Option<Instant>) -> Result<(), Failure> {
        let idle = Instant::now() + self.limits.idle;
        let end = deadline.map_or(idle, |deadline| deadline.min(idle));
        self.buffer.reserve(READ_AHEAD);
        match timeout_at(end, self.stream.read_buf(&mut self.buffer)).await {
            Ok(Ok(count)) if count > 0 => Ok(()),
            Err(_) if deadline == Some(end) => Err(Failure::Refused(408)),
            _ => Err(Failure::Gone),
        }
    }

    /// Waits until the client closes the connection.
    pub(crate) async fn closed(&mut self) {
        while self.fill(None).await.is_ok() {
            self.buffer.clear();
        }
    }

    pub(crate) async fn head(&mut self) -> Result<Head, Failure> {
        let mut deadline = None;
        loop {
            if let Some((head, used)) = parse(&self.buffer).map_err(Failure::Refused)? {
                if used > MAX_HEAD {
                    return Err(Failure::Refused(431));
                }
                self.buffer.drain(..used);
                return Ok(head);
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(Failure::Refused(431));
            }
            if deadline.is_none() && !self.buffer.is_empty() {
                deadline = Some(Instant::now() + self.limits.head);
            }
            self.fill(deadline).await?;
        }
    }

    /// The body of the request whose head was read last.
    pub(crate) async fn body(&mut self, head: &Head, files: &BodyFiles) -> Result<Body, Failure> {
        let expects = head.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));
        if expects && head.framing != Framing::Length(0) {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
            self.stream.flush().await?;
        }
        let deadline = Instant::now() + self.limits.body;
        let mut incoming = Incoming::new(files);
        match head.framing {
            Framing::Length(length) => self.pass(length, &mut incoming, deadline).await?,
            Framing::Chunked => self.chunks(&mut incoming, deadline).await?,
        }
        Ok(incoming.finish())
    }

    /// Passes this many bytes on.
    async fn pass(&mut self, length: u64, to: &mut Incoming, deadline: Instant) -> Result<(), Failure> {
        let mut left = length;
        while left > 0 {
            if self.buffer.is_empty() {
                self.fill(Some(deadline)).await?;
            }
            let here = usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len());
            to.push(self.buffer.get(..here).unwrap_or_default())?;
            self.buffer.drain(..here);
            left -= u64::try_from(here).unwrap_or(left);
        }
        Ok(())
    }

    /// Passes a chunked body on (RFC 9112, 7.1); extensions and trailers are left aside.
    async fn chunks(&mut self, to: &mut Incoming, deadline: Instant) -> Result<(), Failure> {
        loop {
            let line = self.line(deadline).await?;
            let size = chunk_size(&line).ok_or(Failure::Refused(400))?;
            if size == 0 {
                break;
            }
            self.pass(size, to, deadline).await?;
            if !self.line(deadline).await?.is_empty() {
                return Err(Failure::Refused(400));
            }
        }
        let mut trailers = 0;
        loop {
            let line = self.line(deadline).await?;
            trailers += line.len();
            if line.is_empty() {
                return Ok(());
            }
            if trailers > MAX_HEAD {
                return Err(Failure::Refused(431));
            }
        }
    }

    /// The next line, without its CR and LF.
    async fn line(&mut self, deadline: Instant) -> Result<Vec<u8>, Failure> {
        loop {
            if let Some(end) = self.buffer.iter().take(MAX_LINE).position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
                line.pop();
                // A bare LF is read in two ways by servers: RFC 9112, 2.2.
                return if line.pop() == Some(b'\r') { Ok(line) } else { Err(Failure::Refused(400)) };
            }
            if self.buffer.len() >= MAX_LINE {
                return Err(Failure::Refused(400));
            }
            self.fill(Some(deadline)).await?;
        }
    }
}

fn chunk_size(line: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(line).ok()?;
    let digits = text.split(';').next()?.trim_end_matches([' ', '\t']);
    // Unlike `from_str_radix`, the protocol knows no sign.
    let hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hex { u64::from_str_radix(digits, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::duplex;
    use tokio::time::sleep;

    fn run<R>(work: impl Future<Output = R>) -> R {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
    }

    /// The body of a request that comes in pieces of this length.
    fn received(text: &str, piece: usize) -> Result<Vec<u8>, Failure> {
        run(async {
            let (mut client, server) = duplex(1024 * 1024);
            let send = async {
                for part in text.as_bytes().chunks(piece) {
                    client.write_all(part).await.unwrap();
                    tokio::task::yield_now().await;
                }
            };
            let mut reader = Reader::new(server);
            let read = async {
                let head = reader.head().await?;
                let body = reader.body(&head, &BodyFiles::default()).await?;
                Ok(body.in_memory().to_vec())
            };
            let (read, ()) = tokio::join!(read, send);
            read
        })
    }

    #[test]
    fn chunked_bodies() {
        let head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (body, expected) in [
            ("0\r\n\r\n", Ok(b"".to_vec())),
            ("5\r\nhello\r\n0\r\n\r\n", Ok(b"hello".to_vec())),
            ("5;a=\"b\"\r\nhello\r\n00006 \r\n world\r\n000\r\nX-Trailer: 1\r\n\r\n", Ok(b"hello world".to_vec())),
            ("A\r\n0123456789\r\n0\r\n\r\n", Ok(b"0123456789".to_vec())),
            ("\r\n\r\n", Err(Failure::Refused(400))),
            ("x\r\n", Err(Failure::Refused(400))),
            ("+5\r\nhello\r\n0\r\n\r\n", Err(Failure::Refused(400))),
            ("-5\r\n", Err(Failure::Refused(400))),
            ("0x5\r\n", Err(Failure::Refused(400))),
            ("5\nhello\r\n0\r\n\r\n", Err(Failure::Refused(400))),
            ("5\r\nhellow\r\n0\r\n\r\n", Err(Failure::Refused(400))),
            ("10000000000000000\r\n", Err(Failure::Refused(400))),
        ] {
            for piece in [1, 3, 4096] {
                assert_eq!(received(&format!("{head}{body}"), piece), expected, "{body:?} {piece}");
            }
        }
        let long = format!("{head}5;{}\r\n", "x".repeat(5000));
        assert_eq!(received(&long, 4096), Err(Failure::Refused(400)));
        let long = format!("{head}0\r\n{}", format!("X: {}\r\n", "x".repeat(4000)).repeat(20));
        assert_eq!(received(&long, 4096), Err(Failure::Refused(431)));
    }

    #[test]
    fn a_byte_now_and_then_does_not_hold_a_connection() {
        let short = Duration::from_millis(200);
        let limits = Limits { idle: Duration::from_secs(60), head: short, body: short };
        for (start, drip) in [("", "X"), ("POST / HTTP/1.1\r\nContent-Length: 10000\r\n\r\n", "x")] {
            let (failure, took) = run(async {
                let started = Instant::now();
                let (mut client, server) = duplex(1024);
                let drips = async {
                    client.write_all(start.as_bytes()).await.unwrap();
                    while client.write_all(drip.as_bytes()).await.is_ok() {
                        sleep(Duration::from_millis(10)).await;
                    }
                };
                let mut reader = Reader::new(server);
                reader.limits = limits;
                let read = async {
                    let head = reader.head().await?;
                    reader.body(&head, &BodyFiles::default()).await
                };
                tokio::select! {
                    result = read => (result.err(), started.elapsed()),
                    () = drips => unreachable!(),
                }
            });
            assert_eq!(failure, Some(Failure::Refused(408)));
            assert!(took >= short && took < Duration::from_secs(30), "{took:?}");
        }
    }
}
