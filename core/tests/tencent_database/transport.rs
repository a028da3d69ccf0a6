//! The requests to CAM: clock, TLS, proxy, signatures, user agent.

use crate::MINUTE;
use crate::support::*;
use evercred_core::error::Code;
use evercred_emulator::{Options, Proxy};

#[test]
fn a_wrong_clock_is_corrected_and_reported() {
    for off in [-24 * 3600 * 1000, 24 * 3600 * 1000] {
        let world = World::new();
        world.platform.shift_wall(off);
        let client = world.client(&[]);
        let source = world.source(&client);
        assert_eq!(password_of(&get(&source)), world.password());
        let skew = source.status().clock_skew_ms;
        assert!((skew + off).abs() < 20_000, "{skew} for {off}");
        assert_eq!(world.requests(), 2);
        world.advance(6 * MINUTE);
        eventually("the next one is signed right at once", || world.requests() == 3);
        status_where(&source, "and accepted", |status| status.failures == 0);
        assert!(world.logged("clock"));
    }
}

#[test]
fn a_foreign_ca_is_refused() {
    let world = World::with(Options { tls: true, ..Options::default() });
    let other = World::with(Options { tls: true, ..Options::default() });
    let client = world.client(&[]);
    assert_eq!(password_of(&get(&world.source(&client))), world.password());

    let ca = other.emulator.ca_path().unwrap();
    let client = world.client(&[("ca_file", ca.to_str().unwrap())]);
    let error = get_error(&world.source(&client));
    assert_eq!(error.code(), Code::Tls, "{error:?}");
    assert!(error.message().contains("ca_file"));
    // The system's roots do not include it either.
    let client = world.client(&[("ca_file", "")]);
    assert_eq!(code_of(&world.source(&client)), Code::Tls);
    // Verification can be disabled, with a warning.
    let client = world.client(&[("tls_verify", "false"), ("ca_file", "")]);
    get(&world.source(&client));
    assert!(!world.source(&client).status().tls_verified && world.logged("tls_verify is false"));
    // A forked child would wait for ever for an installation that it interrupted.
    assert!(rustls::crypto::CryptoProvider::get_default().is_none(), "nothing is installed for the process");
}

#[test]
fn a_proxy_is_used_with_its_password_and_never_shown() {
    let world = World::with(Options { tls: true, ..Options::default() });
    let proxy = Proxy::start(Some(("someone", "proxy-password"))).unwrap();
    let address = proxy.url().replace("http://", "");
    world.remember("proxy-password");
    let with = |user: &str| {
        let url = format!("http://{user}{address}");
        let client = world.client(&[("proxy", &url), ("max_attempts", "1")]);
        let source = world.source(&client);
        let result = source.get(Some(LONG));
        world.assert_no_secret(&client, &[format!("{:?}", result.as_ref().err())]);
        result
    };
    with("someone:proxy-password@").unwrap();
    assert_eq!(proxy.connects(), 1);
    let error = with("someone:wrong@").unwrap_err();
    assert_eq!(error.code(), Code::Network, "{error:?}");
    assert!(error.message().contains("the proxy demands a user name and a password"), "{error}");
    let url = format!("http://someone:proxy-password@{address}");
    let client = world.client(&[("proxy", &url), ("no_proxy", "127.0.0.1")]);
    get(&world.source(&client));
    assert_eq!(proxy.connects(), 1, "no_proxy");
}

#[test]
fn a_proxy_of_plain_requests_answers_for_itself() {
    let world = World::new();
    let (server, address) =
        answering_once(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 5\r\n\r\nlogin");
    let client = world.client(&[("proxy", &format!("http://{address}")), ("max_attempts", "1")]);
    let error = get_error(&world.source(&client));
    assert_eq!((error.code(), error.is_retryable()), (Code::Network, true), "{error:?}");
    assert!(error.message().contains("the proxy demands a user name and a password"), "{error}");
    server.join().unwrap();
}

#[test]
fn every_signature_method_is_accepted() {
    for method in ["TC3-HMAC-SHA256", "HmacSHA256", "HmacSHA1"] {
        let world = World::new();
        let client = world.client(&[("tencent_sign_method", method)]);
        assert_eq!(password_of(&get(&world.source(&client))), world.password());
    }
}

#[test]
fn a_wrong_key_is_refused_with_the_clouds_code() {
    let world = World::new();
    let client = world.client(&[("tencent_secret_key", "not-the-key-at-all")]);
    let error = get_error(&world.source(&client));
    assert_eq!((error.code(), error.provider_code()), (Code::Refused, Some("AuthFailure.SignatureFailure")));
    assert_eq!(world.requests(), 1);
    let client = world.client(&[("tencent_secret_id", "AKIDunknown")]);
    let error = get_error(&world.source(&client));
    assert_eq!(error.provider_code(), Some("AuthFailure.SecretIdNotFound"));
    assert_eq!(world.requests(), 2);
}

#[test]
fn the_host_program_adds_to_the_user_agent() {
    let world = World::new();
    let client = world.client(&[("user_agent_extra", "myservice/2.1")]);
    get(&world.source(&client));
    let request = world.emulator.last_request(CAM).unwrap();
    let agent = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("user-agent")).unwrap();
    assert_eq!(agent.1, format!("evercred/{} myservice/2.1", env!("CARGO_PKG_VERSION")));
}
