//! No answer, secret, key file, cached file or configuration causes a panic; and a signature does not depend on the order of
//! the parameters.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may panic")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evercred_core::client::official::properties::Properties;
use evercred_core::client::official::settings::{from_file, from_file_and_environment};
use evercred_core::client::official::surroundings::{Generation, Surroundings};
use evercred_core::error::Code;
use evercred_core::http::Endpoint;
use evercred_core::http::Response;
use evercred_core::providers::aliyun::api::{codes, envelope, sts};
use evercred_core::providers::aliyun::client_key::{self, pkcs12};
use evercred_core::providers::aliyun::kms::answer::{self, Field, SecretAnswer};
use evercred_core::providers::aliyun::kms::{dedicated, official_cache_file, schedule, secret_value};
use evercred_core::secret::Secret;
use evercred_core::sign::{acs3, aliyun_rpc, dkms as dkms_sign, oss_v1, oss_v4, utc};
use proptest::collection::vec;
use proptest::prelude::*;

/// A client key of the recorded vectors, with its password.
fn recorded_key() -> (Vec<u8>, String) {
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/aliyun_dkms.json");
    let file: serde_json::Value = serde_json::from_slice(&std::fs::read(vectors).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["kind"] == "request").unwrap();
    let text = case["inputs"]["client_key_json"]["PrivateKeyData"].as_str().unwrap();
    (STANDARD.decode(text).unwrap(), case["inputs"]["password"].as_str().unwrap().to_owned())
}

/// JSON that resembles an answer, or nothing at all.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        Just("null".to_owned()),
        Just("{}".to_owned()),
        Just("[1]".to_owned()),
        any::<f64>().prop_map(|number| serde_json::json!(number).to_string()),
        ".{0,20}".prop_map(|text| serde_json::json!(text).to_string()),
        ".{0,20}".prop_map(|text| serde_json::json!({ "AccessKeyId": text, "Expiration": text }).to_string()),
    ];
    let name = prop_oneof![
        Just("Code"),
        Just("Message"),
        Just("RequestId"),
        Just("Credentials"),
        Just("SecretData"),
        Just("VersionStages"),
        Just("ExtendedConfig"),
        Just("RotationInterval"),
        Just("secret_info"),
        Just("KeyId"),
        Just("PrivateKeyData"),
    ];
    let object = vec((name, value), 0..6).prop_map(|fields| {
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name:?}:{value}")).collect();
        format!("{{{}}}", fields.join(",")).into_bytes()
    });
    prop_oneof![vec(any::<u8>(), 0..200), object]
}

fn field() -> impl Strategy<Value = Field> {
    prop_oneof![
        Just(Field::Absent),
        Just(Field::NotText),
        ".{0,24}".prop_map(Field::Text),
        "-?[0-9]{0,22}s?".prop_map(Field::Text),
        "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}T[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}Z".prop_map(Field::Text),
        Just(Field::Text("RAMCredentials".to_owned())),
        Just(Field::Text(r#"{"SecretSubType":"RamUserAccessKey"}"#.to_owned())),
    ]
}

fn secret() -> impl Strategy<Value = SecretAnswer> {
    let data = prop_oneof![
        Just(None),
        ".{0,40}".prop_map(|text| Some(Secret::from_text(&text))),
        (".{0,9}", any::<f64>()).prop_map(|(text, number)| {
            let data = serde_json::json!({ "refreshInterval": text, "scheduleRotateTimestamp": number, "ttl": number });
            Some(Secret::from_text(&data.to_string()))
        }),
    ];
    (data, vec(field(), 5)).prop_map(|(data, fields)| SecretAnswer {
        data,
        secret_type: fields[0].clone(),
        extended_config: fields[1].clone(),
        rotation_interval: fields[2].clone(),
        next_rotation_date: fields[3].clone(),
        data_type: fields[4].clone(),
        ..SecretAnswer::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_answer_panics(status in 100_u16..600, body in body(), header in ".{0,20}") {
        let headers = vec![("Retry-After".to_owned(), header.clone()), ("x-acs-retry-after".to_owned(), header)];
        let response = Response { status, headers, body: body.into() };
        let errors = [
            envelope::check(&response, true).err(),
            answer::parse(&response, false).err(),
            dedicated::parse(&response, true).err(),
            sts::parse(&response, false).err(),
            sts::parse_flat(&response).err(),
        ];
        for error in errors.into_iter().flatten() {
            prop_assert!(!error.message().is_empty());
        }
        if let Ok(secret) = answer::parse(&response, false) {
            prop_assert!(secret_value::ram_credential(&secret).is_err());
        }
    }

    #[test]
    fn no_secret_panics(secret in secret(), now in any::<i64>(), disturbance in 0_i64..=600_000) {
        for error in [
            secret_value::ram_credential(&secret).err(),
            secret_value::login(&secret).err(),
            secret_value::content(&secret).err(),
        ].into_iter().flatten() {
            prop_assert_eq!(error.code(), Code::Malformed);
            if let Some(data) = secret.data.as_ref().map(Secret::expose).filter(|data| data.len() > 8) {
                prop_assert!(!error.message().contains(data));
            }
        }
        let next = schedule::next_execute_time_ms(&secret, now, disturbance);
        prop_assert!(next >= now);
        prop_assert!(next <= now.saturating_add(schedule::INTERVAL_MS + schedule::DELAY_MS + 2 * disturbance));
        let _unused = (schedule::ttl_ms(&secret, disturbance), schedule::plain_ttl_ms(&secret), secret_value::sub_type(&secret));
    }

    #[test]
    fn no_file_panics(bytes in body(), text in ".{0,60}") {
        prop_assert!(client_key::read(&bytes, &Secret::from_text(&text)).is_err());
        prop_assert!(pkcs12::private_key(&bytes, &text).is_err());
        prop_assert!(official_cache_file::parse(&bytes, &text).is_err());
        let _unused = sts::oidc_token(&bytes);
        if let Ok(path) = official_cache_file::path(std::path::Path::new("cache"), &text, "ACSCurrent") {
            prop_assert!(path.starts_with("cache"));
            prop_assert!(!path.components().any(|part| part == std::path::Component::ParentDir));
        }
    }

    #[test]
    fn no_configuration_panics(bytes in vec(any::<u8>(), 0..200), kind in "[a-z_]{0,13}", value in ".{0,60}") {
        let variable = |name: &str| name.len().is_multiple_of(2).then(|| value.clone());
        let file = |_: &str| Ok(value.clone().into_bytes());
        let around = Surroundings { variable: &variable, file: &file };
        let list = format!(
            "credentials_type={kind}\ncache_client_region_id={value}\ncache_client_dkms_config_info=[{{\"regionId\":{value:?}}}]"
        );
        for text in [&bytes[..], list.as_bytes(), value.as_bytes()] {
            let Ok(properties) = Properties::parse(text) else { continue };
            for generation in [Generation::V1, Generation::V2, Generation::Auto] {
                let _unused = from_file(&properties, generation, around);
                let _unused = from_file_and_environment(&properties, generation, around);
            }
        }
    }

    #[test]
    fn no_code_panics(code in ".{0,40}", text in ".{0,40}") {
        let _unused = codes::classify(&code, true);
        prop_assert!(!codes::advice(&code).is_empty());
        if let Ok(endpoint) = Endpoint::parse(&text, "https") {
            prop_assert!(!endpoint.host_and_port.contains(['/', '@', ' ', '?', '#']));
        }
    }

    #[test]
    fn times(moment in 0_i64..253_402_300_800, text in ".{0,24}") {
        prop_assert_eq!(utc::parse_iso(&utc::iso(moment)), Some(moment));
        let _unused = utc::parse_iso(&text);
    }

    #[test]
    fn order_does_not_matter(pairs in vec(("[a-zA-Z-]{1,8}", ".{0,8}"), 0..6), secret in ".{0,80}") {
        let secret = Secret::from_text(&secret);
        let mut pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        pairs.sort();
        pairs.dedup_by_key(|(name, _)| name.to_ascii_lowercase());
        let mut reversed = pairs.clone();
        reversed.reverse();
        let signatures = |pairs: &[(&str, &str)]| {
            let rpc = aliyun_rpc::sign_hmac(&aliyun_rpc::string_to_sign("GET", pairs), &secret);
            let acs3 = acs3::sign(&acs3::Input {
                access_key_id: "i",
                access_key_secret: &secret,
                method: "POST",
                path: "/",
                query: pairs,
                headers: &[],
                body_sha256: "",
            });
            let v1 = oss_v1::Input { method: "GET", date: "d", headers: &[], bucket: Some("b"), key: "k", query: pairs };
            let v4 = oss_v4::sign(&oss_v4::Input {
                access_key_id: "i",
                access_key_secret: &secret,
                region: "r",
                product: "oss",
                timestamp: 0,
                method: "GET",
                bucket: None,
                key: "",
                query: pairs,
                headers: &[],
                additional_headers: &[],
            });
            let dedicated = dkms_sign::string_to_sign("h", "t", "d", pairs);
            [rpc, acs3.signature, oss_v1::sign(&oss_v1::string_to_sign(&v1), &secret), v4.signature, dedicated]
        };
        prop_assert_eq!(signatures(&pairs), signatures(&reversed));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// A key file that was cut short, or in which a byte was changed, is refused or gives a key; it never panics.
    #[test]
    fn a_broken_key_file_does_not_panic(position in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let (mut file, password) = recorded_key();
        let position = position.index(file.len());
        if cut {
            file.truncate(position);
            prop_assert!(pkcs12::private_key(&file, &password).is_err());
        } else {
            file[position] = byte;
            let _unused = pkcs12::private_key(&file, &password);
        }
    }
}
