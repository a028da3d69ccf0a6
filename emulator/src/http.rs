//! The head of an HTTP/1.1 request. It uses nothing of the crate.

/// How the end of a body is found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Framing {
    Length(u64),
    Chunked,
}

/// The first line and the headers of a request.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) keep_alive: bool,
    version: u8,
    pub(crate) framing: Framing,
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
        Head {
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
            keep_alive: true,
            version: 1,
            framing: Framing::Length(0),
        }
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Head {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// The request head at the start of the bytes and its length; `None` if it is incomplete, the status of the answer if it is
/// refused.
pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(Head, usize)>, u16> {
    let mut fields = [httparse::EMPTY_HEADER; 100];
    let mut request = httparse::Request::new(&mut fields);
    let used = match request.parse(bytes) {
        Ok(httparse::Status::Complete(used)) => used,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(431),
        Err(_) => return Err(400),
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
        version: request.version.unwrap_or(0),
        framing: Framing::Length(0),
    };
    let connection = head.header("connection").unwrap_or_default().to_ascii_lowercase();
    if connection.split(',').any(|word| word.trim() == "close") {
        head.keep_alive = false;
    }
    head.framing = framing(&head)?;
    Ok(Some((head, used)))
}

/// A request with both a length and a coding, or with several of one, has no clear end: RFC 9112, 6.3.
fn framing(head: &Head) -> Result<Framing, u16> {
    let codings: Vec<&str> = head.all("transfer-encoding").map(str::trim).collect();
    let lengths: Vec<&str> = head.all("content-length").map(str::trim).collect();
    match (codings.as_slice(), lengths.as_slice()) {
        ([], []) => Ok(Framing::Length(0)),
        ([], [length]) if length.bytes().all(|byte| byte.is_ascii_digit()) => {
            length.parse().map(Framing::Length).map_err(|_| 400)
        }
        // HTTP/1.0 has no codings.
        ([coding], []) if head.version == 1 => {
            if coding.eq_ignore_ascii_case("chunked") {
                Ok(Framing::Chunked)
            } else {
                Err(501)
            }
        }
        _ => Err(400),
    }
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
        assert_eq!((parsed.path(), parsed.query(), parsed.keep_alive), ("/a", "b=c", true));
        assert_eq!(parsed.framing, Framing::Length(5));
        assert!(head("GET / HTTP/1.1\r\nHost").is_none());
        assert!(!head("GET / HTTP/1.0\r\n\r\n").unwrap().keep_alive);
        assert!(!head("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n").unwrap().keep_alive);
        let double = b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n";
        assert!(matches!(parse(double), Err(400)));
        let chunked = head("POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n").unwrap();
        assert_eq!(chunked.framing, Framing::Chunked);
        for (fields, status) in [
            ("1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked", 400),
            ("1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400),
            ("1.0\r\nTransfer-Encoding: chunked", 400),
            ("1.1\r\nTransfer-Encoding: gzip, chunked", 501),
            ("1.1\r\nContent-Length: +1", 400),
            ("1.1\r\nContent-Length: 99999999999999999999", 400),
        ] {
            let text = format!("POST / HTTP/{fields}\r\n\r\n");
            assert_eq!(parse(text.as_bytes()).err(), Some(status), "{fields}");
        }
    }
}
