//! No token and no answer causes a panic, and an altered token is refused or means the same.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may panic")]

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt as _, KeyIvInit as _};
use evercred_core::error::Code;
use evercred_core::http::Response;
use evercred_core::providers::tencent::answer::{parse_cam, parse_sts};
use evercred_core::providers::tencent::token::{AuthToken, decode, password};
use evercred_core::providers::tencent::{codes, fallback};
use evercred_core::secret::Secret;
use proptest::collection::vec;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes a token as the service does, from any plaintext.
fn seal(instance: &str, region: &str, user: &str, plaintext: &[u8]) -> String {
    let seed = hex(&Sha256::digest(format!("{instance}_{region}_{user}")));
    let (key, iv) = (&seed.as_bytes()[..32], &seed.as_bytes()[33..49]);
    let cipher = cbc::Encryptor::<Aes256>::new_from_slices(key, iv).unwrap();
    let sealed = cipher.encrypt_padded_vec::<Pkcs7>(plaintext);
    format!("{}{}", hex(&Sha256::digest(plaintext)), URL_SAFE_NO_PAD.encode(sealed))
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn plaintext(token: &AuthToken) -> Vec<u8> {
    let mut out = vec![1, 2, 3, 4];
    let numbers = [
        (1, token.app_id),
        (2, token.uin),
        (3, token.owner_uin),
        (9, token.create_time),
        (11, u64::from(token.token_type)),
        (12, u64::from(token.rand_num)),
    ];
    for (field, number) in numbers {
        varint(&mut out, field << 3);
        varint(&mut out, number);
    }
    let texts = [
        (4, token.request_id.as_str()),
        (5, &token.instance_id),
        (6, &token.region),
        (7, &token.user_name),
        (8, token.password.expose()),
        (10, &token.extra_info),
    ];
    for (field, text) in texts {
        varint(&mut out, field << 3 | 2);
        varint(&mut out, text.len() as u64);
        out.extend_from_slice(text.as_bytes());
    }
    out
}

fn fields(token: &AuthToken) -> impl PartialEq + std::fmt::Debug + use<> {
    let numbers = [token.app_id, token.uin, token.owner_uin, token.create_time];
    let short = [token.token_type, token.rand_num];
    let texts =
        [&token.request_id, &token.instance_id, &token.region, &token.user_name, &token.extra_info].map(Clone::clone);
    (numbers, short, texts, token.password.expose().to_owned())
}

fn answer(status: u16, body: &[u8]) -> Response {
    Response { status, headers: vec![("Retry-After".into(), "1".into())], body: body.to_vec().into() }
}

const CAM: &str = r#"{"Response": {"Credentials": {"Token": "s3cret-token", "CurrentTime": 1700000000000,
    "NextRotationTime": 1700000600000, "LastRotationTimeCost": 1200, "RotationStatus": "success",
    "TmpSecretId": "id", "TmpSecretKey": "s3cret-key"}, "ExpiredTime": 1700003600,
    "Error": null, "RequestId": "EXAMPLE-REQUEST-ID-0001"}}"#;

prop_compose! {
    fn tokens()(
        numbers in any::<(u64, u64, u64, u64)>(),
        short in any::<(u32, u32)>(),
        texts in any::<(String, String, String, String, String)>(),
        password in "\\PC{1,60}",
    ) -> AuthToken {
        AuthToken {
            app_id: numbers.0, uin: numbers.1, owner_uin: numbers.2, create_time: numbers.3,
            token_type: short.0, rand_num: short.1,
            request_id: texts.0, instance_id: texts.1, region: texts.2, user_name: texts.3, extra_info: texts.4,
            password: Secret::from_text(&password),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_refused(token in ".{0,300}") {
        prop_assert_eq!(decode("i", "r", "u", &token).unwrap_err().code(), Code::Malformed);
    }

    #[test]
    fn any_text_of_the_right_characters_is_refused(token in "[0-9a-f]{64}([A-Za-z0-9+/_-]{64}){0,3}={0,3}") {
        prop_assert!(decode("i", "r", "u", &token).is_err());
    }

    #[test]
    fn any_plaintext_is_read_or_refused(plaintext in vec(any::<u8>(), 0..200)) {
        let token = seal("i", "r", "u", &plaintext);
        if let Err(error) = decode("i", "r", "u", &token) {
            prop_assert_eq!(error.code(), Code::Malformed);
        }
    }

    #[test]
    fn a_sealed_token_is_read(token in tokens(), names in "[a-z0-9_-]{1,20}", user in "\\PC{1,20}") {
        let sealed = seal(&names, "r", &user, &plaintext(&token));
        let opened = decode(&names, "r", &user, &sealed).unwrap();
        prop_assert_eq!(fields(&opened), fields(&token));
        let got = password(&names, "r", &user, &sealed).unwrap();
        prop_assert_eq!(got.expose(), token.password.expose());
        prop_assert!(decode(&names, "other", &user, &sealed).is_err());
        let (secret, shown) = (format!("{:?}", token.password.expose()), format!("{opened:?}"));
        prop_assert!(token.password.len() < 8 || !shown.contains(&secret));
    }

    #[test]
    fn a_changed_character_is_refused_or_changes_nothing(token in tokens(), position: prop::sample::Index, with: char) {
        let sealed = seal("i", "r", "u", &plaintext(&token));
        let mut characters: Vec<char> = sealed.chars().collect();
        let position = position.index(characters.len());
        characters[position] = with;
        let changed: String = characters.into_iter().collect();
        if let Ok(opened) = decode("i", "r", "u", &changed) {
            prop_assert_eq!(fields(&opened), fields(&token));
        }
    }

    #[test]
    fn a_cut_token_is_refused(token in tokens(), position: prop::sample::Index) {
        let sealed = seal("i", "r", "u", &plaintext(&token));
        let cut = position.index(sealed.len());
        prop_assert!(decode("i", "r", "u", &sealed[..cut]).is_err());
    }

    #[test]
    fn any_bytes_are_an_answer_or_an_error(status: u16, body in vec(any::<u8>(), 0..200)) {
        prop_assert!(parse_cam(&answer(status, &body), true).is_err());
        prop_assert!(parse_sts(&answer(status, &body), false).is_err());
    }

    #[test]
    fn a_changed_answer_is_read_or_refused_without_secrets(
        status in prop::sample::select(vec![200_u16, 302, 403, 429, 500]),
        position: prop::sample::Index,
        with in prop::sample::select(vec!["", "\"", "{", "}", ",", "null", "0", "-1", "[]", "\\u0000", "Error", "\u{e9}"]),
        length in 0_usize..40,
    ) {
        let from = position.index(CAM.len());
        let to = (from + length).min(CAM.len());
        let changed = format!("{}{with}{}", &CAM[..from], &CAM[to..]);
        for result in [
            parse_cam(&answer(status, changed.as_bytes()), true).map(|answer| format!("{answer:?} {:?}", answer.life_ms())),
            parse_sts(&answer(status, changed.as_bytes()), true).map(|answer| format!("{answer:?}")),
        ] {
            let shown = result.unwrap_or_else(|error| format!("{error} {error:?}"));
            prop_assert!(!shown.contains("s3cret"), "{}", shown);
        }
    }

    #[test]
    fn any_code_has_a_class_and_advice(code in "\\PC{0,60}", temporary: bool) {
        codes::classify(&code, temporary);
        codes::user_notification_required(&code);
        prop_assert!(!codes::advice(&code).is_empty());
    }

    #[test]
    fn any_file_is_a_password_or_none(bytes in vec(any::<u8>(), 0..220)) {
        if let Some(password) = fallback::parse(&bytes) {
            prop_assert!(!password.is_empty() && bytes.len() <= 200 && !password.expose_bytes().contains(&0));
        }
    }
}

#[test]
fn an_unused_bit_in_the_last_character_changes_nothing() {
    // 20 bytes of plaintext make 32 of ciphertext, so the last of 43 characters has two unused bits.
    let sealed = seal("i", "r", "u", b"\x01\x02\x03\x04\x42\x0epassword-of-14");
    assert_eq!(password("i", "r", "u", &sealed).unwrap().expose(), "password-of-14");
    let last = sealed.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let value = alphabet.find(last).unwrap() & !3;
    for alike in alphabet[value..value + 4].chars() {
        let altered = format!("{}{alike}", &sealed[..sealed.len() - 1]);
        assert_eq!(password("i", "r", "u", &altered).unwrap().expose(), "password-of-14");
    }
    for padding in ["", "="] {
        assert!(password("i", "r", "u", &format!("{sealed}{padding}")).is_ok());
    }
    assert!(password("i", "r", "u", &format!("{sealed}==")).is_err());
}

#[test]
fn tokens_that_the_official_reader_accepts_are_accepted() {
    let open = |message: &[u8]| {
        let mut plaintext = vec![0; 4];
        plaintext.extend_from_slice(message);
        password("i", "r", "u", &seal("i", "r", "u", &plaintext)).map(|secret| secret.expose().to_owned())
    };
    // The password's number with another wire type is an unknown field; the true one counts.
    assert_eq!(open(b"\x42\x02pw\x40\x01").unwrap(), "pw");
    // A group is skipped, also one with the password's number and a field 8 inside.
    assert_eq!(open(b"\x42\x02pw\x43\x42\x01x\x44").unwrap(), "pw");
    // No C string can carry a NUL.
    assert_eq!(open(b"\x42\x03a\x00b").unwrap_err().code(), Code::Malformed);
    assert_eq!(open(b"").unwrap_err().code(), Code::Malformed);
}
