//! The limits of the process: descriptors and threads.

use std::fs::File;
use std::process::Command;
use std::time::Duration;

use crate::child::in_child;
use crate::server::CountingServer;
use crate::support::*;
use evercred_core::error::Code;

/// Limits the descriptors of this process.
fn limit_descriptors(number: usize) {
    let limit = format!("--nofile={number}:{number}");
    let status = Command::new("prlimit").args(["--pid", &std::process::id().to_string(), &limit]).status().unwrap();
    assert!(status.success());
}

#[test]
fn many_sources_leave_descriptors_to_the_host() {
    let folder = Folder::new("descriptors");
    if !in_child("limits::many_sources_leave_descriptors_to_the_host", &[], folder.path()) {
        return;
    }
    let server = CountingServer::start(Duration::from_millis(1));
    let world = World::new();
    let options = [
        ("tencent_endpoint", server.address.as_str()),
        ("max_attempts", "1"),
        ("backoff_initial_ms", "600000"),
        ("backoff_max_ms", "86400000"),
    ];
    let client = world.real_client(&options);
    // The server's ends of the connections are descriptors of this process too.
    limit_descriptors(100);
    let sources: Vec<_> =
        (0..3000).map(|number| client.open_database(None, REGION, &format!("cdb-{number}"), USER).unwrap()).collect();
    sources.iter().for_each(|source| source.prefetch().unwrap());
    while server.requests() < sources.len() {
        File::open("/dev/null").unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(server.most_open() <= 16, "{} connections", server.most_open());
    assert!(sources.iter().all(|source| source.status().last_error.is_none_or(|error| error.code() == Code::Service)));
}

#[test]
fn no_descriptors_is_a_lack_of_resources_and_is_overcome() {
    let folder = Folder::new("no-descriptors");
    if !in_child("limits::no_descriptors_is_a_lack_of_resources_and_is_overcome", &[], folder.path()) {
        return;
    }
    let world = World::new();
    let client = world.real_client(&[("max_attempts", "1"), ("backoff_initial_ms", "50"), ("backoff_max_ms", "100")]);
    let source = world.source(&client);
    get(&source);
    limit_descriptors(200);
    let mut taken = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        taken.push(file);
    }
    // The connection of the first fetch is dropped, and then the host takes its descriptors too.
    std::thread::sleep(Duration::from_secs(2));
    while let Ok(file) = File::open("/dev/null") {
        taken.push(file);
    }
    let error = source.refresh(Some(LONG)).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), Code::Resources, "{error}");
    assert!(error.is_retryable());
    drop(taken);
    eventually("it recovers by itself", || source.status().failures == 0);
}

/// Limits the address space of this process to what it has and `more` bytes, or lifts the limit.
fn limit_memory(more: Option<u64>) {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = pages.split(' ').next().unwrap().parse().unwrap();
    let limit = more.map_or_else(|| String::from("unlimited"), |more| (pages * 4096 + more).to_string());
    let pid = std::process::id().to_string();
    let status = Command::new("prlimit").args(["--pid", &pid, &format!("--as={limit}:")]).status().unwrap();
    assert!(status.success());
}

#[test]
fn no_thread_is_a_lack_of_resources_and_is_overcome() {
    let folder = Folder::new("no-threads");
    // Larger than the memory that is left below.
    let stack = [("RUST_MIN_STACK", "1073741824")];
    if !in_child("limits::no_thread_is_a_lack_of_resources_and_is_overcome", &stack, folder.path()) {
        return;
    }
    let world = World::new();
    let client = world.real_client(&[("backoff_initial_ms", "50"), ("backoff_max_ms", "100")]);
    let source = world.source(&client);
    limit_memory(Some(512 * 1024 * 1024));
    let error = get_error(&source);
    assert_eq!(error.code(), Code::Resources, "{error}");
    assert!(error.is_retryable());
    limit_memory(None);
    assert_eq!(password_of(&get(&source)), world.password());
}
