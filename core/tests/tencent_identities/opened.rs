//! The login identity that the application opens for itself.

use std::sync::Arc;

use crate::setup::*;
use crate::support::*;
use evercred_core::cache::policy::State;
use evercred_core::cache::{Credential, Lease, Source};
use evercred_core::client::{Client, Config};
use evercred_core::error::Code;
use evercred_core::platform::Platform;
use evercred_core::providers::{Kind, Origin};

fn identity(world: &World, options: &[(&str, &str)]) -> (Arc<Client>, Arc<Source>) {
    let client = world.client_of(bare(world, options));
    let source = client.open_identity(None, "tencent").unwrap();
    (client, source)
}

/// Gets an access key, whose secrets may be shown nowhere.
fn key(world: &World, source: &Arc<Source>) -> Arc<Credential> {
    let credential = get(source);
    let material = credential.material();
    assert_eq!(material.kind, Kind::AccessKey);
    for secret in [&material.access_key_secret, &material.security_token] {
        if !secret.expose().is_empty() {
            world.remember(secret.expose());
        }
    }
    credential
}

const ROLE: [(&str, &str); 3] =
    [("tencent_secret_id", SECRET_ID), ("tencent_secret_key", SECRET_KEY), ("tencent_role_arn", ARN)];

#[test]
fn a_role_is_kept_fresh_for_the_application() {
    let world = World::new();
    world.emulator.set_role_arn(ARN, None, 2 * HOUR);
    let (client, source) = identity(&world, &[&ROLE[..], &[("tencent_role_duration_s", "3600")]].concat());
    assert_eq!(source.name(), "identity/tencent/assume_role/ap-guangzhou");
    let first = key(&world, &source);
    let material = first.material();
    assert!(!material.security_token.expose().is_empty() && material.origin == Origin::Sts);
    let end = first.expires_at_ms() - world.platform.wall_ms();
    assert!((3_590_000..=3_601_000).contains(&end), "{end}");
    assert!(first.renew_at_ms() < first.expires_at_ms() && first.is_current());
    // Nobody asks, and it is renewed before its end.
    world.advance(46 * MINUTE);
    eventually("it is renewed", || world.emulator.requests(ASSUME) == 2);
    eventually("the renewed key is published", || !first.is_current());
    let second = key(&world, &source);
    assert_eq!(second.state(), State::Fresh);
    assert!(!second.material().same_as(material) && second.is_current());
    assert_no_secret(&world, &client, &[]);
}

#[test]
fn sources_that_sign_with_it_share_it() {
    let world = World::new();
    world.emulator.set_role_arn(ARN, None, 2 * HOUR);
    let (client, source) = identity(&world, &ROLE);
    let again = client.open_identity(None, "tencent").unwrap();
    assert!(Arc::ptr_eq(&source, &again));
    let id = key(&world, &source).material().access_key_id.expose().to_owned();
    let database = world.source(&client);
    get(&database);
    assert_eq!((signer(&world).0, world.emulator.requests(ASSUME)), (id, 1));
    // The role, its base, and the database.
    assert_eq!(client.statuses().len(), 3);
    // An option of the identity makes another one.
    let mut overrides = Config::new();
    overrides.set("tencent_role_session_name", "another").unwrap();
    let other = client.open_identity(Some(&overrides), "tencent").unwrap();
    key(&world, &other);
    assert_eq!(world.emulator.requests(ASSUME), 2);
}

#[test]
fn it_outlives_its_close_while_a_source_signs_with_it() {
    let world = World::new();
    let (client, source) = identity(&world, &ROLE[..2]);
    let opened = Lease::new(Arc::clone(&source)).unwrap();
    let database = Lease::new(world.source(&client)).unwrap();
    key(&world, &source);
    opened.close();
    assert!(!source.has_ended());
    assert!(database.get(Some(LONG)).unwrap().is_current());
    // It ends with the last source that signs with it, and an ended source is not shared again.
    database.close();
    assert!(source.has_ended());
    let again = client.open_identity(None, "tencent").unwrap();
    assert!(!Arc::ptr_eq(&source, &again) && !again.has_ended());
    key(&world, &again);
}

#[test]
fn its_region_is_an_option_with_a_default() {
    let world = World::new();
    world.emulator.set_role_arn(ARN, None, 2 * HOUR);
    let region = || world.emulator.last_request(ASSUME).unwrap().header("X-TC-Region").map(String::from);
    let (_client, source) = identity(&world, &ROLE);
    key(&world, &source);
    assert_eq!(region().as_deref(), Some("ap-guangzhou"));
    let (client, source) = identity(&world, &[&ROLE[..], &[("tencent_sts_region", "ap-shanghai")]].concat());
    key(&world, &source);
    assert_eq!(region().as_deref(), Some("ap-shanghai"));
    // Databases of all regions share the identity of the configured region.
    let requests = world.emulator.requests(ASSUME);
    get(&world.source(&client));
    assert_eq!(world.emulator.requests(ASSUME), requests);
    let error = Config::new().set("tencent_sts_region", "a/b").unwrap_err();
    assert!(error.message().contains("tencent_sts_region"), "{error}");
}

#[test]
fn a_static_key_has_no_end() {
    let world = World::new();
    let (_client, source) = identity(&world, &ROLE[..2]);
    let credential = key(&world, &source);
    assert_eq!(credential.material().access_key_id.expose(), SECRET_ID);
    assert_eq!((credential.material().origin, credential.expires_at_ms()), (Origin::Configuration, 0));
    assert!(credential.material().security_token.expose().is_empty());
    let refreshed = source.refresh(Some(LONG)).unwrap();
    assert!(refreshed.material().same_as(credential.material()));
}

#[test]
fn a_rejected_or_refreshed_key_is_replaced() {
    let world = World::new();
    world.emulator.set_role_arn(ARN, None, 2 * HOUR);
    let (client, source) = identity(&world, &ROLE);
    let first = key(&world, &source);
    world.emulator.expire_key(first.material().access_key_id.expose());
    for code in ["AuthFailure.SecretIdNotFound", "AuthFailure.InvalidSecretId", " authfailure.tokenfailure "] {
        assert!(source.is_rejection_code(code), "{code}");
    }
    assert!(!source.is_rejection_code("AuthFailure.UnauthorizedOperation") && !source.is_rejection_code("1045"));
    source.report_rejected(&first).unwrap();
    let second = key(&world, &source);
    assert!(!second.material().same_as(first.material()) && second.state() == State::Fresh);
    let refreshed = source.refresh(Some(LONG)).unwrap();
    world.remember(refreshed.material().access_key_secret.expose());
    world.remember(refreshed.material().security_token.expose());
    assert!(!refreshed.material().same_as(second.material()));
    assert_no_secret(&world, &client, &[]);
}

#[test]
fn an_unknown_cloud_names_the_known_ones() {
    let world = World::new();
    let client = world.client(&[]);
    for cloud in ["", "aws", "Tencent"] {
        let error = client.open_identity(None, cloud).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert!(error.message().starts_with("cloud: "), "{error}");
        assert!(error.message().contains("`tencent`") && error.message().contains("`aliyun`"), "{error}");
    }
    client.close();
    assert_eq!(client.open_identity(None, "tencent").unwrap_err().code(), Code::Closed);
}
