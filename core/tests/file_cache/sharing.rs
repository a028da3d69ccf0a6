//! Several clients that share one file: one of them asks the cloud.

use std::time::Duration;

use crate::setup::*;
use crate::support::*;
use evercred_core::platform::Platform;
use evercred_core::providers::Origin;
use evercred_emulator::FaultKind;

#[test]
fn two_processes_make_the_requests_of_one() {
    let host = Host::new("hour");
    let (_one, one) = host.process(&[]);
    let (_other, other) = host.process(&[]);
    let (first, second) = (get(&one), get(&other));
    assert_ne!(first.generation(), second.generation());
    assert_eq!(host.world.requests(), 1);
    let start = host.world.platform.wall_ms();
    while host.world.platform.wall_ms() - start < 3_600_000 {
        for source in [&one, &other] {
            host.world.landed(source);
        }
        let next = one.status().next_refresh_at_ms.min(other.status().next_refresh_at_ms);
        let left = u64::try_from(next - host.world.platform.wall_ms()).unwrap_or_default().max(1);
        host.world.advance(Duration::from_millis(left));
    }
    // A poll every five minutes, at the soonest after nine tenths of that.
    let requests = host.world.requests();
    assert!((10..=15).contains(&requests), "{requests} requests");
    assert!(first.is_current() && second.is_current());
    assert_eq!(one.status().failures + other.status().failures, 0);
}

#[test]
fn a_value_fetched_after_a_rejection_is_shared() {
    let host = Host::new("rejected");
    let (_first, one) = host.process(&[]);
    let (_second, other) = host.process(&[]);
    let (dead, same) = (get(&one), get(&other));
    host.world.rotate();
    one.report_rejected(&dead).unwrap();
    let fresh = get(&one);
    assert_ne!(password_of(&fresh), password_of(&dead));
    other.report_rejected(&same).unwrap();
    assert_eq!(password_of(&get(&other)), password_of(&fresh));
    // One at the start, one for both reports.
    assert_eq!(host.world.requests(), 2);
    // An explicit refresh is answered by the cloud.
    other.refresh(Some(LONG)).unwrap();
    assert_eq!(host.world.requests(), 3);
}

#[test]
fn a_rejected_value_is_replaced_from_the_file_during_an_outage() {
    let host = Host::new("rejected-outage");
    let (_one, one) = host.process(&[]);
    let (_other, other) = host.process(&[("max_attempts", "1")]);
    let (dead, same) = (get(&one), get(&other));
    let before = host.text();
    host.world.rotate();
    one.report_rejected(&dead).unwrap();
    let fresh = one.get_newer(dead.generation(), Some(LONG)).unwrap();
    eventually("it is in the file", || host.text() != before);
    host.without_network();
    // Nobody has asked for a while, so that the stored value is not a recent answer.
    host.world.platform.advance(10 * MINUTE);
    // A failure of this poll after the report would make the next look wait for a time that never comes.
    host.world.landed(&other);
    assert_eq!(password_of(&get(&other)), password_of(&same));
    other.report_rejected(&same).unwrap();
    let found = other.get_newer(same.generation(), Some(LONG)).unwrap();
    assert_eq!(password_of(&found), password_of(&fresh));
}

#[test]
fn a_closed_client_releases_its_lock() {
    let host = Host::new("closed");
    host.world.inject(1, FaultKind::Delay(LONG));
    let (first, source) = host.process(&[]);
    source.prefetch().unwrap();
    eventually("it asks", || host.world.requests() == 1);
    let (second, other) = host.process(&[]);
    other.prefetch().unwrap();
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(host.world.requests(), 1, "the other one waits for its turn");
    first.close();
    assert_eq!(origin_of(&get(&other)), Origin::Cloud);
    assert!(!host.world.logged("another process takes too long to fetch it"));
    // A client that waits for the lock closes at once, too.
    host.world.inject(1, FaultKind::Delay(LONG));
    let refreshing = std::thread::spawn(move || other.refresh(Some(LONG)).is_ok());
    eventually("it asks again", || host.world.requests() == 3);
    host.world.emulator.rotate(REGION, INSTANCE, USER);
    let (third, source) = host.process(&[]);
    let credential = get(&source);
    source.report_rejected(&credential).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(host.world.requests(), 3);
    third.close();
    second.close();
    assert!(!refreshing.join().unwrap());
}

#[test]
fn a_rejected_value_is_not_read_from_the_file_again() {
    let host = Host::new("still-rejected");
    let (first, source) = host.process(&[]);
    let dead = get(&source);
    source.report_rejected(&dead).unwrap();
    // The cloud confirms the value; the file is not read.
    status_where(&source, "the cloud was asked", |_| host.world.requests() == 2);
    first.close();
}
