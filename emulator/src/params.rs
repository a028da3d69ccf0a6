//! A request as the cloud's gateway sees it: an action with parameters, however they were sent.

use serde_json::{Map, Value};

use crate::http::Head;
use crate::reply::ServiceError;

/// A request with its parameters read.
pub(crate) struct Call<'a> {
    pub(crate) head: &'a Head,
    pub(crate) body: &'a [u8],
    /// Form or query parameters in order, as legacy signatures cover them.
    pub(crate) form: Vec<(String, String)>,
    params: Map<String, Value>,
}

impl<'a> Call<'a> {
    pub(crate) fn read(head: &'a Head, body: &'a [u8]) -> Result<Call<'a>, ServiceError> {
        let mut call = Call { head, body, form: Vec::new(), params: Map::new() };
        match head.method.as_str() {
            "GET" => call.form = parse_form(head.query()),
            "POST" if is_form(head) => call.form = parse_form(&String::from_utf8_lossy(body)),
            "POST" if body.is_empty() => {}
            "POST" => match serde_json::from_slice(body) {
                Ok(Value::Object(params)) => call.params = params,
                _ => return Err(ServiceError::new("InvalidParameter", "The request body is not a JSON object.")),
            },
            _ => return Err(ServiceError::new("InvalidRequest", "Only GET and POST are served.")),
        }
        for (name, value) in &call.form {
            call.params.insert(name.clone(), Value::String(value.clone()));
        }
        Ok(call)
    }

    /// A parameter that belongs to every action: a header, or a parameter with legacy signatures.
    pub(crate) fn common(&self, name: &str) -> Option<&str> {
        let of_header = self.head.header(&format!("X-TC-{name}"));
        of_header.or_else(|| self.form.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str()))
    }

    /// A text parameter, if it was given.
    pub(crate) fn optional_text(&self, name: &str) -> Result<Option<&str>, ServiceError> {
        match self.params.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => {
                Err(ServiceError::new("InvalidParameter", format!("The parameter `{name}` should be a string.")))
            }
        }
    }

    /// A text parameter that has to be there and not empty.
    pub(crate) fn text(&self, name: &str) -> Result<&str, ServiceError> {
        match self.optional_text(name)? {
            None => Err(missing(name)),
            Some("") => {
                Err(ServiceError::new("InvalidParameter.ParamError", format!("The parameter `{name}` is empty.")))
            }
            Some(text) => Ok(text),
        }
    }

    /// A whole number, if it was given.
    pub(crate) fn optional_integer(&self, name: &str) -> Result<Option<i64>, ServiceError> {
        let number = match self.params.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Number(number)) => number.as_i64(),
            // Forms know only text.
            Some(Value::String(text)) if !self.form.is_empty() => text.parse().ok(),
            Some(_) => None,
        };
        let wrong = || ServiceError::new("InvalidParameter", format!("The parameter `{name}` should be an integer."));
        number.map(Some).ok_or_else(wrong)
    }
}

pub(crate) fn missing(name: &str) -> ServiceError {
    ServiceError::new("MissingParameter", format!("The request is missing the parameter `{name}`."))
}

/// The action of a request whose body may not have been read, if it shows.
pub(crate) fn action(head: &Head, body: &[u8]) -> Option<String> {
    let of_form = |text: &str| parse_form(text).into_iter().find(|(name, _)| name == "Action").map(|(_, value)| value);
    match head.header("X-TC-Action") {
        Some(action) => Some(action.to_owned()),
        None if head.method == "GET" => of_form(head.query()),
        None if is_form(head) => of_form(&String::from_utf8_lossy(body)),
        None => None,
    }
}

pub(crate) fn is_form(head: &Head) -> bool {
    let content_type = head.header("content-type").unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

pub(crate) fn parse_form(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(k, v)| (decode(k, true), decode(v, true)))
        .collect()
}

/// `%XX` is a byte, and in forms `+` a space.
pub(crate) fn decode(text: &str, form: bool) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' if form => out.push(b' '),
            b'%' => {
                let mut ahead = bytes.clone();
                match (ahead.next().and_then(digit), ahead.next().and_then(digit)) {
                    (Some(high), Some(low)) => {
                        out.push(high * 16 + low);
                        bytes = ahead;
                    }
                    _ => out.push(b'%'),
                }
            }
            byte => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let pairs = parse_form("a=b+c&d=%E7%94%A8%2B&e&f=%zz%4");
        let expected = [("a", "b c"), ("d", "用+"), ("e", ""), ("f", "%zz%4")];
        assert_eq!(pairs, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }
}
