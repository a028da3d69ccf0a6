//! What a case came to, and small helpers to look into a case.

use std::fmt::Debug;

use serde_json::Value;

/// How a case ended.
pub enum Outcome {
    /// Everything was as it must be.
    Passed,
    /// What differed.
    Failed(String),
    /// Why it does not apply here.
    Skipped(&'static str),
}

/// A check, or what differed.
pub type Check = Result<(), String>;

impl From<Check> for Outcome {
    fn from(check: Check) -> Outcome {
        match check {
            Ok(()) => Outcome::Passed,
            Err(difference) => Outcome::Failed(difference),
        }
    }
}

/// Fails when two values differ; the vectors' values are made up, so they may be shown.
pub fn same<T: PartialEq + Debug>(what: &str, got: T, wanted: T) -> Check {
    if got == wanted { Ok(()) } else { Err(format!("{what}: got {got:?}, wanted {wanted:?}")) }
}

/// A text at a JSON pointer; null and absent count as none.
pub fn text<'a>(case: &'a Value, pointer: &str) -> Option<&'a str> {
    case.pointer(pointer).and_then(Value::as_str)
}

/// A text that the case must have.
pub fn wanted_text<'a>(case: &'a Value, pointer: &str) -> Result<&'a str, String> {
    text(case, pointer).ok_or_else(|| format!("the case has no text at {pointer}"))
}

/// Bytes given as hex at one pointer or as text at another.
pub fn bytes(case: &Value, hex: &str, plain: &str) -> Result<Vec<u8>, String> {
    match (text(case, hex), text(case, plain)) {
        (Some(hex), _) => from_hex(hex),
        (None, Some(plain)) => Ok(plain.as_bytes().to_vec()),
        (None, None) => Err(format!("the case has neither {hex} nor {plain}")),
    }
}

/// Reads hex.
pub fn from_hex(text: &str) -> Result<Vec<u8>, String> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0).ok_or("not hex")?;
    Ok(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

/// Names and values in order.
pub type Pairs = Vec<(String, String)>;

/// A list of `[name, value]` pairs.
pub fn pairs(case: &Value, pointer: &str) -> Result<Pairs, String> {
    let list = case.pointer(pointer).and_then(Value::as_array).ok_or_else(|| format!("the case has no {pointer}"))?;
    let pair = |pair: &Value| Some((text(pair, "/0")?.to_owned(), text(pair, "/1")?.to_owned()));
    list.iter().map(pair).collect::<Option<_>>().ok_or_else(|| format!("{pointer} is not a list of pairs"))
}

/// Decodes a form or query.
pub fn from_form(form: &str) -> Result<Pairs, String> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((from_percent(name)?, from_percent(value)?))
    };
    form.split('&').filter(|pair| !pair.is_empty()).map(pair).collect()
}

fn from_percent(text: &str) -> Result<String, String> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits: String = bytes.by_ref().take(2).map(char::from).collect();
                out.extend(from_hex(&digits)?);
            }
            byte => out.push(byte),
        }
    }
    String::from_utf8(out).map_err(|_| format!("{text} is not UTF-8"))
}
