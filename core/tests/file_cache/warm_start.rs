//! Starts from the file: what is served, for how long, and when the cloud is asked.

use std::sync::Arc;
use std::time::Duration;

use crate::setup::*;
use crate::support::*;
use evercred_core::cache::policy::State;
use evercred_core::client::Client;
use evercred_core::error::Code;
use evercred_core::platform::{ManualPlatform, Platform};
use evercred_core::providers::Origin;

#[test]
fn a_start_without_the_network_serves_the_cached_value() {
    let host = Host::new("cold");
    let (first, source) = host.process(&[]);
    let before = get(&source);
    assert_eq!(origin_of(&before), Origin::Cloud);
    first.close();
    host.without_network();

    let (_second, source) = host.process(&[]);
    let after = get(&source);
    assert_eq!(password_of(&after), password_of(&before));
    assert_eq!((origin_of(&after), after.state()), (Origin::FileCache, State::Fresh));
    assert_eq!(after.expires_at_ms(), before.expires_at_ms());
    assert!(source.status().failures == 0 && after.is_current());

    // It is served for its life and an hour after that, but not longer.
    host.world.advance(HOUR);
    let later = get(&source);
    assert_eq!((later.generation(), password_of(&later)), (after.generation(), password_of(&before)));
    assert!(status_where(&source, "it was asked for", |status| status.failures > 0).last_error.is_some());
}

#[test]
fn an_expired_value_is_served_as_stale_for_an_hour() {
    let host = Host::new("stale");
    host.world.emulator.hold_rotation(true);
    let (first, source) = host.process(&[]);
    let before = get(&source);
    first.close();
    host.without_network();
    let life = u64::try_from(before.expires_at_ms() - host.world.platform.wall_ms()).unwrap();
    host.world.platform.advance(Duration::from_millis(life) + 30 * MINUTE);

    let (second, source) = host.process(&[("max_attempts", "1")]);
    let stale = get(&source);
    assert_eq!((stale.state(), password_of(&stale)), (State::Stale, password_of(&before)));
    assert_eq!(source.status().last_error.unwrap().code(), Code::Network);
    second.close();

    host.world.platform.advance(31 * MINUTE);
    let (_third, source) = host.process(&[("max_attempts", "1")]);
    assert_eq!(code_of(&source), Code::Network);
}

#[test]
fn the_cloud_is_asked_right_after_a_warm_start_and_the_generation_stays() {
    let host = Host::new("generation");
    let (first, source) = host.process(&[]);
    get(&source);
    first.close();
    host.pass(HOUR);

    let (_second, source) = host.process(&[]);
    let warm = get(&source);
    assert_eq!(origin_of(&warm), Origin::FileCache);
    host.world.advance(Duration::from_secs(1));
    status_where(&source, "the cloud confirms it", |status| status.origin == Origin::Cloud);
    let confirmed = get(&source);
    assert_eq!((origin_of(&confirmed), confirmed.generation()), (Origin::Cloud, warm.generation()));
    assert!(warm.is_current());
    assert_eq!(host.world.requests(), 2);
    // A report of the cached value is a report of the confirmed one.
    source.report_rejected(&warm).unwrap();
    assert_eq!(source.status().rejections, 1);
}

#[test]
fn in_lazy_mode_a_cached_value_is_due_at_the_next_get() {
    let host = Host::new("lazy");
    let (first, source) = host.process(&[("refresh", "lazy")]);
    get(&source);
    first.close();
    host.pass(HOUR);
    let (_second, source) = host.process(&[("refresh", "lazy")]);
    assert_eq!(origin_of(&get(&source)), Origin::FileCache);
    assert_eq!(host.world.requests(), 1);
    host.world.platform.advance(Duration::from_secs(1));
    assert_eq!(origin_of(&get(&source)), Origin::Cloud);
    assert_eq!(host.world.requests(), 2);
}

#[test]
fn managed_secrets_are_cached_too() {
    let host = Host::new("managed");
    let (first, source) = host.managed(&[]);
    let before = get(&source);
    host.world.remember(before.material().access_key_secret.expose());
    first.close();
    let facts = source.status().secret;
    assert!(facts.next_rotation_at_ms.is_some());
    let (second, source) = host.managed(&[]);
    assert_eq!(origin_of(&get(&source)), Origin::FileCache);
    assert_eq!(host.world.emulator.requests(ACTION), 1);
    // The metadata of the secret is cached as well.
    assert_eq!(source.status().secret, facts);
    second.close();
    host.without_network();
    host.world.platform.advance(20 * HOUR);
    let (third, source) = host.managed(&[]);
    let after = get(&source);
    assert_eq!(after.material().access_key_id, before.material().access_key_id);
    assert_eq!(after.material().version_id, before.material().version_id);
    third.close();
    // Another stage is another value.
    let (_fourth, source) = host.managed(&[("aliyun_version_stage", "ACSPrevious"), ("max_attempts", "1")]);
    assert_eq!(code_of(&source), Code::Network);
    // Another login identity is the same value.
    let (_fifth, source) = host.managed(&[("aliyun_access_key_id", "LTAIanother")]);
    assert_eq!(origin_of(&get(&source)), Origin::FileCache);
}

#[test]
fn after_a_reboot_the_wall_clock_counts_and_never_lengthens_a_life() {
    let host = Host::new("boot");
    let (first, source) = host.process(&[]);
    let before = get(&source);
    first.close();
    host.without_network();
    let open = |wall_ms: i64, since_boot: Duration| {
        let platform = ManualPlatform::new(wall_ms - i64::try_from(since_boot.as_millis()).unwrap());
        platform.reboot();
        platform.advance(since_boot);
        let file = host.file();
        let options = [("cache_file", file.as_str()), ("cache_secret", KEY), ("max_attempts", "1")];
        let config = host.world.config(&options);
        let client = host.world.kept(Client::new(config, Arc::new(platform)).unwrap());
        (host.world.source(&client), client)
    };
    let wall = host.world.platform.wall_ms();
    // Two hours later, on a machine that has been up for a minute.
    let (source, _client) = open(wall + 7_200_000, MINUTE);
    let after = get(&source);
    assert_eq!((origin_of(&after), after.expires_at_ms()), (Origin::FileCache, before.expires_at_ms()));
    // The clock was set back: the rest of its life is unknown, so it has expired, and is stale.
    let (source, _client) = open(wall - 7_200_000, MINUTE);
    assert_eq!(get(&source).state(), State::Stale);
    // It ended two hours ago.
    let (source, _client) = open(before.expires_at_ms() + 7_200_000, MINUTE);
    assert_eq!(code_of(&source), Code::Network);
}
