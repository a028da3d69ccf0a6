//! OSS over sockets: objects of any size.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod wire;

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use evercred_emulator::Emulator;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use wire::Wire;

/// The head of a request about `b/o`, signed by V1, without its end.
fn signed(emulator: &Emulator, method: &str, more: &[(&str, &str)]) -> String {
    let time = std::time::UNIX_EPOCH + Duration::from_millis(emulator.now_ms().try_into().unwrap());
    let date = httpdate::fmt_http_date(time);
    let md5 = more.iter().find(|(name, _)| *name == "Content-MD5").map_or("", |(_, value)| value);
    let mut mac = Hmac::<Sha1>::new_from_slice(b"secret").unwrap();
    mac.update(format!("{method}\n{md5}\n\n{date}\n/b/o").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let more: String = more.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{method} /b/o HTTP/1.1\r\nHost: 127.0.0.1\r\nDate: {date}\r\nAuthorization: OSS id:{signature}\r\n{more}")
}

/// The files that the process holds open without a name.
fn unnamed_files() -> Vec<PathBuf> {
    let links = fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
    links.filter(|path| path.to_string_lossy().contains("evercred-emulator-body-")).collect()
}

fn named_files() -> usize {
    let names =
        fs::read_dir(std::env::temp_dir()).unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    names.filter(|name| name.starts_with("evercred-emulator-body-")).count()
}

/// A request's own file goes once its answer is sent.
fn files_become(count: usize) {
    let start = Instant::now();
    while unnamed_files().len() != count {
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", unnamed_files());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn objects_of_any_size_with_a_length_and_chunked() {
    let emulator = Emulator::http().unwrap();
    emulator.add_access_key("id", "secret");
    emulator.add_bucket("b", &[]);
    let object: Vec<u8> = (0..40_000_003u32).map(|at| (at % 251) as u8).collect();
    let chunked = {
        let mut bytes = Vec::new();
        for chunk in object.chunks(100_001) {
            bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        bytes
    };
    let length = object.len().to_string();
    let mut wire = Wire::to(&emulator.host_port());
    for (framing, value, body) in
        [("Content-Length", length.as_str(), &object), ("Transfer-Encoding", "chunked", &chunked)]
    {
        wire.send(&format!("{}\r\n", signed(&emulator, "PUT", &[(framing, value)])));
        wire.0.write_all(body).unwrap();
        let answer = wire.read().unwrap();
        assert_eq!((answer.status, answer.text().as_str()), (200, ""), "{framing}");
        assert!(answer.header("etag").unwrap().len() == 34);
        assert!(emulator.object("b", "o").unwrap() == object, "{framing}");
        // One file: that of the object before is gone, and none has a name.
        files_become(1);
        assert_eq!(named_files(), 0, "{framing}");
        assert!(unnamed_files().iter().all(|path| !Path::new(path).exists()));
        wire.send(&format!("{}\r\n", signed(&emulator, "GET", &[])));
        let mut got = vec![0; object.len()];
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut one = [0];
            wire.0.read_exact(&mut one).unwrap();
            head.push(one[0]);
        }
        assert!(String::from_utf8(head).unwrap().contains(&format!("Content-Length: {length}\r\n")));
        wire.0.read_exact(&mut got).unwrap();
        assert!(got == object, "{framing}");
    }
    // A body that is not that of its hash is not kept, and neither is its file.
    let wrong = [("Content-Length", length.as_str()), ("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg==")];
    wire.send(&format!("{}\r\n", signed(&emulator, "PUT", &wrong)));
    wire.0.write_all(&object).unwrap();
    assert!(wire.read().unwrap().text().contains("<Code>InvalidDigest</Code>"));
    assert_eq!(emulator.object("b", "o").unwrap().len(), object.len());
    files_become(1);
    wire.send(&format!("{}\r\n", signed(&emulator, "HEAD", &[])));
    // A HEAD answer has a length and no body.
    let mut head = [0; 4096];
    let read = wire.0.read(&mut head).unwrap();
    assert!(head[..read].ends_with(b"\r\n\r\n") && String::from_utf8_lossy(&head[..read]).contains(&length));
    // A client that goes away in the middle leaves nothing behind.
    let mut broken = Wire::to(&emulator.host_port());
    broken.send(&format!("{}\r\n", signed(&emulator, "PUT", &[("Content-Length", &length)])));
    broken.0.write_all(&object[..20_000_000]).unwrap();
    drop(broken);
    let mut wire = Wire::to(&emulator.host_port());
    wire.send(&format!("{}\r\n", signed(&emulator, "DELETE", &[])));
    assert_eq!(wire.read().unwrap().status, 204);
    files_become(0);
}
