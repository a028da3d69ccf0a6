//! The first inputs of the targets, most of them from the recorded vectors.

use std::path::Path;

use serde_json::Value;

use crate::seal::{DATA, content_info, der};

/// The longest seed, in bytes.
const LONGEST: usize = 6000;

/// Texts and objects of a file of vectors, each behind every one of these bytes, which select what a target does.
pub fn of_vectors(file: &str, choices: &[u8]) -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors").join(file);
    let document: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut found = Vec::new();
    collect(&document, &mut found);
    found.sort();
    found.dedup();
    // Enough for a test, spread over the file.
    let step = found.len().div_ceil(60).max(1);
    let kept = found.iter().step_by(step);
    kept.flat_map(|text| choices.iter().map(|choice| [&[*choice][..], text.as_bytes()].concat())).collect()
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if (16..=LONGEST).contains(&text.len()) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Value::Object(fields) => {
            let text = value.to_string();
            if (16..=LONGEST).contains(&text.len()) {
                found.push(text);
            }
            fields.values().for_each(|value| collect(value, found));
        }
        _ => {}
    }
}

/// Texts, each behind every one of these bytes.
pub fn of_texts(texts: &[&str], choices: &[u8]) -> Vec<Vec<u8>> {
    texts.iter().flat_map(|text| choices.iter().map(|choice| [&[*choice][..], text.as_bytes()].concat())).collect()
}

/// Contents of PKCS#12 files: parts with a plain bag, an encrypted bag and encrypted data.
pub fn of_pkcs12() -> Vec<Vec<u8>> {
    let bag_types = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01];
    let bag = |kind: u8, value: &[u8]| {
        let object = der(0x06, &[&bag_types, &[kind]]);
        der(0x30, &[&object, &der(0xa0, &[value])])
    };
    let pbe = |number: u8| {
        let parameters = der(0x30, &[&der(0x04, &[&[1; 8]]), &[2, 1, 5]]);
        der(0x30, &[&der(0x06, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01, number]]), &parameters])
    };
    let pbes2 = {
        let kdf = der(0x30, &[&der(0x04, &[&[1; 8]]), &[2, 1, 5]]);
        let kdf = der(0x30, &[&der(0x06, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c]]), &kdf]);
        let aes = der(0x06, &[&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a]]);
        let cipher = der(0x30, &[&aes, &der(0x04, &[&[2; 16]])]);
        let object = der(0x06, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d]]);
        der(0x30, &[&object, &der(0x30, &[&kdf, &cipher])])
    };
    let mut parts = vec![content_info(&der(0x30, &[&bag(1, &der(0x30, &[&[2, 1, 0]]))]))];
    for algorithm in [pbe(3), pbe(4), pbe(5), pbe(6), pbes2] {
        let shrouded = der(0x30, &[&algorithm, &der(0x04, &[&[3; 16]])]);
        parts.push(content_info(&der(0x30, &[&bag(2, &shrouded)])));
        let content = der(0x30, &[&der(0x06, &[DATA]), &algorithm, &der(0x80, &[&[3; 16]])]);
        let object = der(0x06, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x06]]);
        parts.push(der(0x30, &[&object, &der(0xa0, &[&der(0x30, &[&[2, 1, 0], &content])])]));
    }
    parts.iter().map(|part| [&[1][..], &der(0x30, &[part])].concat()).collect()
}

/// The choice and the rest of an input.
pub fn choice(input: &[u8]) -> (u8, &[u8]) {
    input.split_first().map_or((0, input), |(choice, rest)| (*choice, rest))
}
