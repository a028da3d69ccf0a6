//! Fuzzes the parsers of CAM's and STS's answers.

#![no_main]

use evercred_core::error::Error;
use evercred_core::http::Response;
use evercred_core::providers::tencent::answer::{parse_cam, parse_sts};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((status, body)) = input.split_first_chunk::<2>() else { return };
    let header = String::from_utf8_lossy(body).into_owned();
    let response = Response {
        status: u16::from_le_bytes(*status) % 600,
        headers: vec![("Retry-After".to_owned(), header)],
        body: body.to_vec().into(),
    };
    let show = |error: Error| format!("{error} {error:?} {:?}", error.retry_after());
    let _ = parse_cam(&response, true).map(|answer| format!("{answer:?} {:?}", answer.life_ms())).map_err(show);
    let _ = parse_sts(&response, false).map(|answer| format!("{answer:?}")).map_err(show);
});
