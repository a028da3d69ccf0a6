//! The default chain: its order, and the error when it finds nothing.

use std::time::Instant;

use crate::setup::*;
use crate::support::*;
use evercred_core::error::Code;
use evercred_emulator::FaultKind;

#[test]
fn a_default_chain_that_finds_nothing_lists_what_it_tried() {
    let folder = Folder::new("nothing");
    let world = World::new();
    world.set_home(folder.path());
    // The metadata service knows no role, or does not exist. Only the second may change, and is retryable.
    for (endpoint, retryable) in [(world.emulator.host_port().as_str(), false), ("127.0.0.1:1", true)] {
        let start = Instant::now();
        let error = get_error(&open(&world, &[("tencent_metadata_endpoint", endpoint)]).1);
        assert_eq!(error.code(), Code::NoIdentity, "{error:?}");
        assert!(error.is_retryable() == retryable && start.elapsed() < 10 * SECOND);
        for part in [
            "tencent_secret_id",
            "environment: skipped, the environment variable TENCENTCLOUD_SECRET_ID is not set",
            "profile: skipped, there is no profile file",
            ".tencentcloud/credentials",
            "cvm_role: skipped, ",
            "oidc: skipped, neither the environment variable TKE_WEB_IDENTITY_TOKEN_FILE",
        ] {
            assert!(error.message().contains(part), "{part} is not in: {error}");
        }
    }
    assert_eq!(world.requests(), 0);
    // A metadata service that fails may work again.
    break_down(&world, METADATA, answer(500, None));
    let error = open(&world, &[("max_attempts", "1")]).1.get(Some(SECOND)).unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
}

#[test]
fn a_chain_goes_in_order_and_keeps_the_identity_that_worked() {
    let folder = Folder::new("chain");
    let world = World::new();
    world.set_home(folder.path());
    world.emulator.set_role("reader", 2 * HOUR);
    let (client, source) = open(&world, &[]);
    get(&source);
    let said = explanation(&source);
    assert!(said.starts_with("environment: skipped, ") && said.ends_with("cvm_role: reader used"), "{said}");

    // A profile with precedence appears, and the service fails for a while: neither changes the identity.
    folder.write(".tencentcloud/credentials", "[default]\nsecret_id=AKIDhome\nsecret_key=home-profile-key\n");
    world.emulator.add_key("AKIDhome", "home-profile-key");
    for kind in [FaultKind::CloseEarly, answer(500, None)] {
        break_down(&world, METADATA, kind);
        world.emulator.expire_key(&signer(&world).0);
        world.advance(6 * MINUTE);
        let status = status_where(&source, "the poll fails", |status| status.failures > 0);
        assert!(status.last_error.unwrap().is_retryable());
        world.emulator.clear_faults();
        // The back-off of the poll is a minute at most.
        world.advance(2 * MINUTE);
        status_where(&source, "it recovers", |status| status.failures == 0);
        assert_ne!(signer(&world).0, "AKIDhome");
        assert_eq!(explanation(&source), said);
    }

    // Once it is gone for good, the chain is walked again.
    break_down(&world, METADATA, answer(404, None));
    world.emulator.expire_key(&signer(&world).0);
    world.advance(6 * MINUTE);
    eventually("the next in order is used", || signer(&world).0 == "AKIDhome");
    eventually("and said to be", || explanation(&source).contains("profile: [default] of "));
    world.remember("home-profile-key");
    assert_no_secret(&world, &client, &[]);
}
