//! Login identities that hang.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use evercred_core::cache::Source;
use evercred_core::client::{Client, Config};
use evercred_core::error::{Code, Error};
use evercred_core::platform::Platform;
use evercred_core::providers::IdentityCallback;

use crate::look_ups::Hanging;
use crate::support::*;

const WAITS: [(&str, &str); 2] = [("connect_timeout_ms", "120000"), ("total_timeout_ms", "120000")];

/// Sources that wait for the client's identity.
fn prefetched(client: &Client, count: usize) -> Vec<Arc<Source>> {
    let open = |number| client.open_database(None, REGION, &format!("cdb-{number}"), USER).unwrap();
    let sources: Vec<_> = (0..count).map(open).collect();
    sources.iter().for_each(|source| source.prefetch().unwrap());
    sources
}

/// A source with a key of its own is fetched.
fn assert_another_is_fetched(world: &World, client: &Client) {
    let mut overrides = Config::new();
    overrides.set("tencent_identity", "static").unwrap();
    let healthy = client.open_database(Some(&overrides), REGION, INSTANCE, USER).unwrap();
    assert_eq!(password_of(&get(&healthy)), world.password());
}

#[test]
fn sources_that_wait_for_an_identity_leave_their_turns_to_others() {
    let world = World::new();
    let platform = Arc::new(Hanging::default());
    let role = [
        ("tencent_role_arn", "qcs::cam::uin/1:roleName/app"),
        ("tencent_sts_endpoint", "hangs-sts.example"),
        ("max_concurrent_fetches", "4"),
    ];
    let config = world.config(&[&role[..], &WAITS[..]].concat());
    let client = world.kept(Client::new(config, Arc::clone(&platform) as Arc<dyn Platform>).unwrap());
    let waiting = prefetched(&client, 16);
    eventually("the look-up hangs", || platform.look_ups() == 1);
    assert_another_is_fetched(&world, &client);
    assert!(waiting.iter().all(|source| source.peek().is_none()));
    client.close();
    platform.release();
}

#[test]
fn a_callback_that_hangs_leaves_its_turn_to_others() {
    let world = World::new();
    let (called, calls) = channel();
    let (release, hang) = channel::<()>();
    let hang = Mutex::new(hang);
    let mut config =
        world.config(&[&[("tencent_identity", "callback"), ("max_concurrent_fetches", "1")], &WAITS[..]].concat());
    config.identity_callback = Some(IdentityCallback::new(move || {
        let _test_ended = called.send(()).is_err();
        let _released = hang.lock().unwrap().recv().is_err();
        Err(Error::new(Code::NoIdentity, "released"))
    }));
    let client = world.kept(Client::new(config, Arc::new(RealTime::default())).unwrap());
    let _waiting = prefetched(&client, 3);
    calls.recv_timeout(LONG).unwrap();
    assert_another_is_fetched(&world, &client);
    drop(release);
    client.close_and_wait();
}

#[test]
fn a_program_that_hangs_leaves_its_turn_to_others() {
    let world = World::new();
    let folder = Folder::new("hanging-program");
    let began = folder.path().join("began");
    let script = folder.write("program", format!("touch '{}'\nexec sleep 600\n", began.display()));
    let command = format!("/bin/sh {script}");
    let options = [
        ("aliyun_identity", "process"),
        ("aliyun_process_command", command.as_str()),
        ("aliyun_process_timeout_ms", "120000"),
        ("aliyun_region", "cn-hangzhou"),
        ("max_concurrent_fetches", "1"),
    ];
    let client = world.real_client(&[&options[..], &WAITS[..]].concat());
    let secrets = ["acs/ram/user/a", "acs/ram/user/b"].map(|name| client.open_managed(None, name).unwrap());
    secrets.iter().for_each(|source| source.prefetch().unwrap());
    eventually("the program runs", || began.exists());
    assert_another_is_fetched(&world, &client);
    client.close();
}
