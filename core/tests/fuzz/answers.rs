//! Targets that parse the answers of services, and the files that hold such answers.

use evercred_core::error::Error;
use evercred_core::http::Response;
use evercred_core::providers::aliyun::api::sts;
use evercred_core::providers::aliyun::kms::answer::SecretAnswer;
use evercred_core::providers::aliyun::kms::{answer, dedicated, official_cache_file, schedule, secret_value};
use evercred_core::providers::tencent::answer::{parse_cam, parse_sts};
use evercred_core::providers::tencent::{fallback, token};

use crate::seal;
use crate::seeds::{choice, of_vectors};
use crate::shown::{MARKER, check, check_form, check_text, checked, planted};

/// An answer whose status depends on the choice.
fn answer_of(choice: u8, body: Vec<u8>) -> Response {
    let status = [200, 400, 403, 429, 500, 503, 302, 204][usize::from(choice / 8) % 8];
    let headers = vec![("Retry-After".to_owned(), String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned())];
    Response { status, headers, body: body.into() }
}

fn check_answer(error: Error) {
    check(&error);
    let _wait = error.retry_after();
}

pub fn tencent_answers(input: &[u8]) {
    let (choice, rest) = choice(input);
    let body = planted(rest, &["Token", "TmpSecretKey", "AuthToken", "Password"]);
    let response = answer_of(choice, body);
    let temporary = choice.is_multiple_of(2);
    match parse_cam(&response, temporary) {
        Ok(answer) => check_text(&format!("{answer:?} {:?}", answer.life_ms()).replace(char::is_control, "")),
        Err(error) => check_answer(error),
    }
    match parse_sts(&response, temporary) {
        Ok(answer) => drop(format!("{answer:?}")),
        Err(error) => check_answer(error),
    }
}

pub fn tencent_token(input: &[u8]) {
    let (choice, rest) = choice(input);
    let text = String::from_utf8_lossy(rest);
    match choice % 4 {
        0 => drop(checked(token::password("i", "r", "u", &text))),
        1 => {
            // A plaintext with a password at its end, which the last field of a message replaces.
            let plain = [rest, b"\x42\x07hunter2"].concat();
            drop(checked(token::decode("i", "r", "u", &seal::token(&plain))));
        }
        2 => drop(checked(token::password("i", "r", "u", &seal::token(rest)))),
        _ => {
            if let Some(password) = fallback::parse(rest) {
                assert!(!password.is_empty() && rest.len() <= 200);
            }
        }
    }
}

pub fn aliyun_answers(input: &[u8]) {
    let (choice, rest) = choice(input);
    let body = planted(rest, &["AccessKeySecret", "SecurityToken"]);
    let response = answer_of(choice, body);
    let result = match choice % 3 {
        0 => sts::parse(&response, true),
        1 => sts::parse(&response, false),
        _ => sts::parse_flat(&response),
    };
    match result {
        Ok(keys) => drop(format!("{keys:?}")),
        Err(error) => check_answer(error),
    }
    if let Err(error) = sts::oidc_token(rest) {
        check(&error);
    }
}

/// Reads everything that a secret's answer holds.
fn read(answer: &SecretAnswer) {
    drop(checked(secret_value::ram_credential(answer)));
    drop(checked(secret_value::login(answer)));
    drop(checked(secret_value::content(answer)));
    let _sub_type = secret_value::sub_type(answer);
    for now_ms in [0, 1_700_000_000_000, i64::MAX] {
        let _at = (schedule::next_execute_time_ms(answer, now_ms, 1000), schedule::renew_at_ms(answer, now_ms, 1000));
    }
    let _life = (schedule::ttl_ms(answer, 1000), schedule::rotation_ms(answer), schedule::plain_ttl_ms(answer));
}

pub fn secret_values(input: &[u8]) {
    let (choice, rest) = choice(input);
    let body = match choice % 3 {
        0 => planted(rest, &["SecretData"]),
        // What the secret holds.
        kind => {
            let data = String::from_utf8_lossy(rest);
            let planted =
                String::from_utf8_lossy(&planted(rest, &["AccessKeySecret", "Password", "PrivateKey"])).into_owned();
            let data = if kind == 1 { &planted } else { &data as &str };
            let kinds = ["RAMCredentials", "Rds", "ECS", "Generic", "Redis"];
            let kind = kinds[usize::from(choice / 3) % kinds.len()];
            serde_json::json!({"SecretName": "s", "SecretType": kind, "SecretData": data, "ExtendedConfig": data})
                .to_string()
                .into_bytes()
        }
    };
    let status = if choice.is_multiple_of(3) { choice } else { 0 };
    match answer::parse(&answer_of(status, body), choice.is_multiple_of(2)) {
        Ok(answer) => read(&answer),
        Err(error) => check_answer(error),
    }
}

pub fn official_cache(input: &[u8]) {
    let (choice, rest) = choice(input);
    let file = if choice.is_multiple_of(2) {
        planted(rest, &["secret_value"])
    } else {
        let value = seal::cached(rest);
        format!(r#"{{"stage":"ACSCurrent","refresh_time_stamp":1,"secret_info":{{"secret_name":"s","secret_type":"Rds","secret_value":"{value}"}}}}"#)
            .into_bytes()
    };
    if let Some(cached) = checked(official_cache_file::parse(&file, "salt")) {
        read(&cached.secret);
    }
}

pub fn dedicated_messages(input: &[u8]) {
    let (choice, rest) = choice(input);
    // A server's message is shown, so the marker stands only in the secret's data: a field at the end of an answer.
    if rest.windows(MARKER.len()).any(|window| window == MARKER.as_bytes()) {
        return;
    }
    let is_answer = choice < 8;
    let body = if is_answer { [rest, b"\x1a\x07hunter2"].concat() } else { rest.to_vec() };
    match dedicated::parse(&answer_of(choice, body), choice.is_multiple_of(4)) {
        Ok(answer) => read(&answer),
        Err(error) => check_form(&format!("{error} {error:?}")),
    }
}

pub fn dedicated_seeds() -> Vec<Vec<u8>> {
    let message = b"\x0a\x01s\x12\x03Rds\x1a\x02{}\x22\x04text\x2a\x0aACSCurrent\x32\x02v1\x42\x03req";
    let failure = b"\x08\x90\x03\x12\x09Forbidden\x1a\x04text\x22\x03req";
    let bodies = [&message[..], failure];
    let of_bodies = bodies.iter().flat_map(|body| [0, 1, 8, 9].map(|choice| [&[choice][..], body].concat()));
    [of_bodies.collect(), of_vectors("aliyun_dkms.json", &[8])].concat()
}
