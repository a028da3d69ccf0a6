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
    let client = world.client_of(config(world, options));
    let source = client.open_identity(None, "aliyun").unwrap();
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

#[test]
fn a_role_is_shared_with_the_secrets_that_it_reads() {
    let world = world();
    world.emulator.set_ram_role(ROLE, None, 2 * HOUR);
    let (client, source) = identity(&world, &[KEY[0], KEY[1], ("aliyun_role_arn", ROLE)]);
    assert_eq!(source.name(), "identity/aliyun/ram_role");
    // As the handle of an application does: otherwise the identity ends with the secret's source.
    let _open = Lease::new(Arc::clone(&source)).unwrap();
    let first = key(&world, &source);
    assert!(first.material().access_key_id.expose().starts_with("STS.") && first.material().origin == Origin::Sts);
    assert!(!first.material().security_token.expose().is_empty());
    let end = first.expires_at_ms() - world.platform.wall_ms();
    assert!((3_590_000..=3_601_000).contains(&end), "{end}");
    assert_live(&world, &client.open_managed(None, NAME).unwrap());
    assert_eq!(
        (signer(&world).as_str(), world.emulator.requests(ASSUME)),
        (first.material().access_key_id.expose(), 1)
    );
    // Nobody asks, and it is renewed before its end.
    world.advance(46 * MINUTE);
    eventually("it is renewed", || world.emulator.requests(ASSUME) == 2);
    eventually("the renewed key is published", || !first.is_current());
    let second = key(&world, &source);
    assert!(second.state() == State::Fresh && !second.material().same_as(first.material()));
}

#[test]
fn a_rejected_or_refreshed_key_is_replaced() {
    let world = world();
    world.emulator.set_ram_role(ROLE, None, 2 * HOUR);
    let (_client, source) = identity(&world, &[KEY[0], KEY[1], ("aliyun_role_arn", ROLE)]);
    let first = key(&world, &source);
    for code in
        ["InvalidAccessKeyId.NotFound", "InvalidAccessKeyId", "InvalidSecurityToken.Expired", "SecurityTokenExpired"]
    {
        assert!(source.is_rejection_code(code), "{code}");
    }
    assert!(!source.is_rejection_code("NoPermission") && !source.is_rejection_code("1045"));
    source.report_rejected(&first).unwrap();
    let second = key(&world, &source);
    assert!(!second.material().same_as(first.material()) && second.state() == State::Fresh);
    let refreshed = source.refresh(Some(LONG)).unwrap();
    world.remember(refreshed.material().access_key_secret.expose());
    assert!(!refreshed.material().same_as(second.material()));
}

#[test]
fn the_codes_of_the_client_replace_the_default() {
    let world = world();
    let (client, source) = identity(&world, &[KEY[0], KEY[1], ("rejected_codes", "Gone, Away")]);
    assert!(source.is_rejection_code("gone") && !source.is_rejection_code("InvalidAccessKeyId"));
    // It is shared, so a source does not change its codes.
    let mut overrides = Config::new();
    overrides.set("rejected_codes", "Other").unwrap();
    let again = client.open_identity(Some(&overrides), "aliyun").unwrap();
    assert!(Arc::ptr_eq(&source, &again) && !again.is_rejection_code("Other"));
}

#[test]
fn a_client_key_is_no_access_key() {
    let world = world();
    for options in [[("aliyun_identity", "client_key")], [("aliyun_client_key_file", "/nowhere/key.json")]] {
        let client = world.client_of(config(&world, &options));
        let error = client.open_identity(None, "aliyun").unwrap_err();
        assert_eq!(error.code(), Code::InvalidOption);
        assert!(error.message().starts_with("aliyun_identity: ") && error.message().contains("client key"), "{error}");
    }
}
