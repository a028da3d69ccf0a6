//! A bare client: what a test needs to see every byte.
#![allow(dead_code, missing_docs)]
pub mod python;
pub mod rpc;
pub mod sha256;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        fields.into_iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub struct Wire(pub TcpStream);

impl Wire {
    pub fn to(host_port: &str) -> Wire {
        let stream = TcpStream::connect(host_port).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Wire(stream)
    }

    pub fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).unwrap();
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
        self.read().unwrap()
    }

    pub fn post(&mut self, path: &str, body: &str) -> Answer {
        let length = body.len();
        self.send(&format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n{body}"));
        self.read().unwrap()
    }

    fn byte(&mut self) -> Result<Option<u8>, ErrorKind> {
        let mut one = [0u8];
        match self.0.read(&mut one) {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some(one[0])),
            Err(error) => Err(error.kind()),
        }
    }

    /// An answer by its Content-Length; the body of one cut short is what came.
    pub fn read(&mut self) -> Result<Answer, ErrorKind> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match self.byte()? {
                Some(byte) => head.push(byte),
                None => return Err(ErrorKind::UnexpectedEof),
            }
        }
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer { status, head, body: Vec::new() };
        let length = answer.header("content-length").map_or(0, |value| value.parse().unwrap());
        while answer.body.len() < length {
            match self.byte()? {
                Some(byte) => answer.body.push(byte),
                None => break,
            }
        }
        Ok(answer)
    }

    /// Everything until the end.
    pub fn rest(&mut self) -> Result<Vec<u8>, ErrorKind> {
        let mut all = Vec::new();
        self.0.read_to_end(&mut all).map(|_| all).map_err(|error| error.kind())
    }
}
