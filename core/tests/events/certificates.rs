//! The warning about CA certificates that are about to expire, and reading their expiry.

use std::time::Duration;

use crate::setup::*;
use crate::support::aliyun_managed::HOUR;
use crate::support::*;
use evercred_core::cache::EventKind;
use evercred_core::client::{Client, Format};
use evercred_core::error::Code;
use evercred_core::http::certificate_ends;
use evercred_core::platform::Platform as _;
use proptest::prelude::*;

/// A certificate that ends at 2031-04-10 03:47:42 UTC, written with two digits of the year, and one that ends at
/// 2054-04-09 03:47:42 UTC, written with four. Their keys are discarded.
const ENDS_2031: &str = "\
-----BEGIN CERTIFICATE-----
MIIBijCCATGgAwIBAgIUBZfYcZ8buSapaZCsbfa6CMVDRnIwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQZXZlcmNyZWQgdGVzdCBDQTAeFw0yNjExMjIwMzQ3NDJaFw0z
MTA0MTAwMzQ3NDJaMBsxGTAXBgNVBAMMEGV2ZXJjcmVkIHRlc3QgQ0EwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAASguFHicOmeTEtbCFlgZCb53mBquB6OTtZr0yxo
HSeHlFpEUFL38Pr5SsF3Y2MGVJxtNvwP71aYz1/7NnqKWws9o1MwUTAdBgNVHQ4E
FgQUcg1MXxhDCCEL1GcntPbTJVeG9sAwHwYDVR0jBBgwFoAUcg1MXxhDCCEL1Gcn
tPbTJVeG9sAwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiAmuPgB
STHqSqAi2uDXEmsLw+HnGepZm1qXt4iomdPwUgIgHNJLO5YCpY4VXx+T/Wa0TggM
KD/h9XfRaFWRkIbdadA=
-----END CERTIFICATE-----
";
const ENDS_2054: &str = "\
-----BEGIN CERTIFICATE-----
MIIBjTCCATOgAwIBAgIUBLPrtTfCUcB2Y6vYmttP9OZi/DMwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQZXZlcmNyZWQgdGVzdCBDQTAgFw0yNjExMjIwMzQ3NDJaGA8y
MDU0MDQwOTAzNDc0MlowGzEZMBcGA1UEAwwQZXZlcmNyZWQgdGVzdCBDQTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABBgzCWh/wBkMWVgJT8nc1v0qnLZR20LlJtLM
J6Y7OwDUkXHEVbFVS5gTOKI/TY0dIKhf4VskrQ9JyeVat6nmMy6jUzBRMB0GA1Ud
DgQWBBRys9HhNi/HylH71E8tftiAVbiqlTAfBgNVHSMEGDAWgBRys9HhNi/HylH7
1E8tftiAVbiqlTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQDC
lIHIMpCSrK0OoUu88x6oAEotLPaYeAtUvTlNCvorLwIgPXlFzfreirGpS056P9Wg
CHJddGnx/4iuSIBPFm8NsxM=
-----END CERTIFICATE-----
";
const END_MS: i64 = 1_933_559_262_000;
const LATER_END_MS: i64 = 2_659_319_262_000;
const DAY_MS: i64 = 24 * 3_600_000;

struct File(std::path::PathBuf);

impl File {
    fn new(name: &str, text: &str) -> File {
        let path = std::env::temp_dir().join(format!("evercred-{name}-{}.pem", std::process::id()));
        std::fs::write(&path, text).unwrap();
        File(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

#[test]
fn an_expiring_certificate_is_reported_once_a_day() {
    let world = World::new();
    let file = File::new("ca", ENDS_2031);
    let path = file.0.to_str().unwrap();
    // Ten days before its end.
    world.platform.shift_wall(END_MS - 10 * DAY_MS - world.platform.wall_ms());
    let client = world.client(&[("ca_file", path), ("poll_interval_ms", "3600000")]);
    assert!(world.logged("ca_file: a certificate in") && world.logged("Thu, 10 Apr 2031 03:47:42 GMT"));
    let source = world.source(&client);
    let early = client.subscribe(None).unwrap();
    let event = next(&early);
    assert_eq!((event.kind, event.source.as_str(), event.generation), (EventKind::CaExpiring, "", 0));
    assert!(event.error.unwrap().message().contains(path));
    assert!(client.subscribe(Some(&source)).unwrap().next(Some(Duration::ZERO)).unwrap().is_none());
    get(&source);
    let mut reported = 0;
    for _ in 0..12 {
        world.advance(4 * HOUR);
        world.landed(&source);
        reported += count(&waiting(&early), EventKind::CaExpiring);
    }
    assert!((1..=2).contains(&reported), "{reported} in two days");
    assert!(client.report(Format::Json).text().contains(&format!("\"ca_expires_at_ms\":{END_MS}")));

    // A bundle with the successor, and a shorter warning time, cause no event.
    let both = File::new("ca-both", &format!("{ENDS_2031}{ENDS_2054}"));
    for options in [
        [("ca_file", path), ("ca_expiry_warning_ms", "86400000")],
        [("ca_file", both.0.to_str().unwrap()), ("ca_expiry_warning_ms", "0")],
    ] {
        let client = world.client(&options);
        assert!(client.subscribe(None).unwrap().next(Some(Duration::ZERO)).unwrap().is_none());
    }
    assert!(world.client(&[]).report(Format::Json).text().contains("\"ca_expires_at_ms\":null"));
}

#[test]
fn a_file_with_one_unusable_certificate_is_refused_with_its_position() {
    let world = World::new();
    let broken = ENDS_2031.replace("MIIBijCC", "MIIBijCD");
    for (name, text, position) in [
        ("broken-second", format!("# ours\n{ENDS_2054}{broken}"), "certificate 2, at line 13, cannot be used"),
        ("broken-first", format!("{broken}{ENDS_2054}"), "certificate 1, at line 1, cannot be used"),
        ("cut", format!("{ENDS_2054}{}", &ENDS_2031[..300]), "certificate 2, at line 12, cannot be used"),
    ] {
        let file = File::new(name, &text);
        let path = file.0.to_str().unwrap();
        let config = world.config(&[("ca_file", path)]);
        let platform = std::sync::Arc::clone(&world.platform);
        let error = Client::new(config, platform).map(|_| ()).unwrap_err();
        assert_eq!(error.code(), Code::InvalidOption, "{error}");
        assert!(error.message().starts_with(&format!("ca_file: {path}: {position}")), "{error}");
        assert!(!error.message().contains("MIIB"), "{error}");
    }
    let file = File::new("whole", &format!("{ENDS_2054}\n{ENDS_2031}"));
    world.client(&[("ca_file", file.0.to_str().unwrap())]);
}

#[test]
fn the_expiry_of_certificates_is_read() {
    assert_eq!(certificate_ends(ENDS_2031.as_bytes()), [END_MS]);
    assert_eq!(certificate_ends(format!("# two\n{ENDS_2031}\n{ENDS_2054}").as_bytes()), [END_MS, LATER_END_MS]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_certificate_makes_the_reader_panic(cut in 0_usize..400, at in 0_usize..400, byte: u8) {
        use base64::Engine as _;
        let engine = base64::engine::general_purpose::STANDARD;
        let lines: String = ENDS_2054.lines().filter(|line| !line.starts_with('-')).collect();
        let mut der = engine.decode(lines).unwrap();
        der.truncate(cut);
        if let Some(changed) = der.get_mut(at) {
            *changed = byte;
        }
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", engine.encode(&der));
        prop_assert!(certificate_ends(pem.as_bytes()).len() <= 1);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(-----(BEGIN|END) CERTIFICATE-----|[A-Za-z0-9+/=\n ]{0,40}){0,8}") {
        prop_assert!(certificate_ends(text.as_bytes()).len() <= 8);
    }
}

/// Editors of some systems put a byte order mark before a text.
#[test]
fn a_byte_order_mark_hides_no_certificate() {
    let world = World::new();
    let marked = File::new("ca-marked", &format!("\u{feff}{ENDS_2031}"));
    let client = world.client(&[("ca_file", marked.0.to_str().unwrap())]);
    assert!(client.report(Format::Json).text().contains(&format!("\"ca_expires_at_ms\":{END_MS}")));
    let broken = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let broken = File::new("ca-marked-broken", &format!("\u{feff}{broken}{ENDS_2031}"));
    let config = world.config(&[("ca_file", broken.0.to_str().unwrap())]);
    let error = Client::new(config, std::sync::Arc::new(RealTime::default())).map(drop).unwrap_err();
    assert!(error.message().contains("certificate 1, at line 1,"), "{error}");
}
