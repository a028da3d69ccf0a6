//! The error codes of a service that mean a rejected value.

use std::time::Duration;

use crate::support::aliyun_managed::{NAME, managed_world, open as managed};
use crate::support::*;
use evercred_core::client::Config;

#[test]
fn rejection_codes_are_recognised() {
    let world = managed_world();
    let (client, secret) = managed(&world, &[]);
    let account = world.source(&client);
    for (code, of_account, of_secret) in [
        ("1045", true, true),
        ("28p01", true, true),
        (" ER_access_denied_error ", true, true),
        ("AuthenticationFailed", true, true),
        ("18456", true, true),
        ("InvalidAccessKeyId.NotFound", false, true),
        ("invalidaccesskeyid", false, true),
        ("InvalidAccessKeyId.Inactive", false, false),
        ("1044", false, false),
        ("104", false, false),
        ("", false, false),
    ] {
        assert_eq!(
            (account.is_rejection_code(code), secret.is_rejection_code(code)),
            (of_account, of_secret),
            "{code}"
        );
    }
    let mut overrides = Config::new();
    overrides.set("rejected_codes", "Unauthorized, NoSuchKey,,").unwrap();
    let own = client.open_managed(Some(&overrides), NAME).unwrap();
    assert!(own.is_rejection_code("unauthorized") && own.is_rejection_code("NoSuchKey"));
    assert!(!own.is_rejection_code("InvalidAccessKeyId") && !own.is_rejection_code(""));

    // As the handlers of the official plugin: check the code, report, get, repeat.
    let refused = get(&secret);
    world.emulator.rotate_secret(NAME, Duration::ZERO);
    assert!(secret.is_rejection_code("InvalidAccessKeyId.NotFound"));
    secret.report_rejected(&refused).unwrap();
    let id = |credential: &evercred_core::cache::Credential| credential.material().access_key_id.expose().to_owned();
    assert!(world.emulator.is_access_key_live(&id(&get(&secret))));
}
