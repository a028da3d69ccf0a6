//! Many sources: how many fetches and connections there are at the same time.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::time::Duration;

use crate::child::in_child;
use crate::server::CountingServer;
use crate::support::aliyun_managed::{KEY, with_secret};
use crate::support::*;
use evercred_core::error::Code;
use evercred_emulator::Options;

/// Sources of as many accounts, whose first fetches have been started.
fn prefetched(
    client: &evercred_core::client::Client,
    count: usize,
) -> Vec<std::sync::Arc<evercred_core::cache::Source>> {
    let sources: Vec<_> =
        (0..count).map(|number| client.open_database(None, REGION, &format!("cdb-{number}"), USER).unwrap()).collect();
    sources.iter().for_each(|source| source.prefetch().unwrap());
    sources
}

#[test]
fn so_many_fetches_are_in_progress_and_share_their_connections() {
    let server = CountingServer::start(Duration::from_millis(5));
    let world = World::new();
    let options = [
        ("tencent_endpoint", server.address.as_str()),
        ("max_concurrent_fetches", "4"),
        ("max_attempts", "1"),
        ("backoff_initial_ms", "600000"),
        ("backoff_max_ms", "86400000"),
    ];
    let client = world.real_client(&options);
    let sources = prefetched(&client, 200);
    eventually("all have been fetched", || server.requests() >= sources.len());
    assert!(server.most_busy() <= 4, "{} at the same time", server.most_busy());
    assert!(server.connections() <= 50, "{} connections", server.connections());
    eventually("the connections are dropped after the burst", || server.open() == 0);
}

/// A caller that waits comes before sources that nobody waits for, and a fetch's login identity before all.
#[test]
fn an_identity_does_not_wait_for_those_that_need_it() {
    let world = with_secret(World::new());
    let host = world.emulator.host_port();
    let options = [
        &KEY[..],
        &[
            ("aliyun_kms_endpoint", host.as_str()),
            ("aliyun_sts_endpoint", &host),
            ("aliyun_scheme", "http"),
            ("aliyun_role_arn", "acs:ram::123456789012:role/evercred"),
            ("max_concurrent_fetches", "1"),
            ("max_attempts", "1"),
        ],
    ]
    .concat();
    let client = world.real_client(&options);
    let sources: Vec<_> =
        (0..8).map(|number| client.open_managed(None, &format!("secret-{number}")).unwrap()).collect();
    sources.iter().for_each(|source| source.prefetch().unwrap());
    for source in &sources {
        let result = source.get(Some(LONG));
        // Whatever the cloud says, it is not the caller's timeout.
        assert!(result.as_ref().err().is_none_or(|error| error.code() != Code::Timeout), "{:?}", result.err());
    }
}

#[test]
fn the_root_certificates_are_read_once() {
    let folder = Folder::new("roots");
    let world = World::with(Options { tls: true, ..Options::default() });
    let pipe = folder.path().join("roots.pem");
    // The child makes one too, which it does not use.
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let name = pipe.to_str().unwrap();
    if !in_child("bursts::the_root_certificates_are_read_once", &[("SSL_CERT_FILE", name)], folder.path()) {
        return;
    }
    // In the child: each opening of the pipe for writing is one reader.
    let pipe = std::env::var_os("SSL_CERT_FILE").unwrap();
    let ca = std::fs::read(world.emulator.ca_path().unwrap()).unwrap();
    let reads = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&reads);
    std::thread::spawn(move || {
        loop {
            // Opening waits for a reader.
            std::fs::write(&pipe, &ca).unwrap();
            counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            // Without waiting, opening fails when that reader has left.
            while OpenOptions::new().write(true).custom_flags(libc::O_NONBLOCK).open(&pipe).is_ok() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    });
    for number in 0..40 {
        world.emulator.add_account(REGION, &format!("cdb-{number}"), USER);
    }
    let client = world.real_client(&[("ca_file", "")]);
    for source in prefetched(&client, 40) {
        get(&source);
    }
    assert_eq!(reads.load(std::sync::atomic::Ordering::SeqCst), 1);
}
