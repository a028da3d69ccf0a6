//! How far a failed request got.

use evercred_core::error::{Code, Error, Progress};
use evercred_emulator::FaultKind;

use crate::support::*;

fn failed(world: &World, endpoint: &str) -> Error {
    let client = world.real_client(&[("tencent_endpoint", endpoint), ("max_attempts", "1")]);
    get_error(&world.source(&client))
}

#[test]
fn an_error_says_how_far_the_request_got() {
    let world = World::new();
    // Nobody listens.
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let error = failed(&world, &unused);
    assert_eq!((error.code(), error.progress(), error.http_status()), (Code::Network, Progress::NotSent, None));

    // The server closes the connection without an answer.
    let (server, address) = answering_once(b"");
    let error = failed(&world, &address);
    assert_eq!((error.code(), error.progress(), error.http_status()), (Code::Network, Progress::PerhapsSent, None));
    server.join().unwrap();

    // It ends within the answer.
    let (server, address) = answering_once(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
    let error = failed(&world, &address);
    assert_eq!((error.code(), error.progress(), error.http_status()), (Code::Network, Progress::Answered, Some(200)));
    server.join().unwrap();

    let kind = FaultKind::Answer { status: 503, code: None, message: None, content_type: None, retry_after: None };
    world.inject(u64::MAX, kind);
    let error = failed(&world, &world.emulator.host_port());
    assert_eq!((error.code(), error.progress(), error.http_status()), (Code::Service, Progress::Answered, Some(503)));
}

#[test]
fn an_answer_that_is_too_large_is_refused_at_its_headers() {
    let world = World::new();
    // No body follows: reading it would fail with another error.
    let (server, address) = answering_once(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n");
    let error = failed(&world, &address);
    assert_eq!((error.code(), error.http_status()), (Code::Malformed, Some(200)), "{error}");
    server.join().unwrap();
}
