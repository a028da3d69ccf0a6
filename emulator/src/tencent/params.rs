//! A request to the gateway: an action with parameters from JSON, a form or the query.

use serde_json::{Map, Value};

use super::error::ServiceError;
use crate::form::{is_form, parse_form};
use crate::http::Head;

/// A request with its parameters read.
pub(crate) struct Call<'a> {
    pub(crate) head: &'a Head,
    pub(crate) body: &'a [u8],
    /// Form or query parameters in order, as legacy signatures sign them.
    pub(crate) form: Vec<(String, String)>,
    params: Map<String, Value>,
}

impl<'a> Call<'a> {
    pub(crate) fn read(head: &'a Head, body: &'a [u8]) -> Result<Call<'a>, ServiceError> {
        let mut call = Call { head, body, form: Vec::new(), params: Map::new() };
        match head.method.as_str() {
            "GET" => call.form = parse_form(head.query()),
            "POST" if is_form(head) => call.form = parse_form(&String::from_utf8_lossy(body)),
            // Such a body is the content, and has no parameters.
            "POST" if body.is_empty() || is_binary(head) => {}
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

    /// A text parameter that is required and not empty.
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
            // All parameters of a form are text.
            Some(Value::String(text)) if !self.form.is_empty() => text.parse().ok(),
            Some(_) => None,
        };
        let wrong = || ServiceError::new("InvalidParameter", format!("The parameter `{name}` should be an integer."));
        number.map(Some).ok_or_else(wrong)
    }
}

fn is_binary(head: &Head) -> bool {
    let content_type = head.header("content-type").unwrap_or_default();
    content_type.trim().eq_ignore_ascii_case("application/octet-stream")
}

pub(crate) fn missing(name: &str) -> ServiceError {
    ServiceError::new("MissingParameter", format!("The request is missing the parameter `{name}`."))
}

/// The action of a request whose body may not be read yet; `None` if it is not known.
pub(crate) fn action(head: &Head, body: &[u8]) -> Option<String> {
    let of_form = |text: &str| parse_form(text).into_iter().find(|(name, _)| name == "Action").map(|(_, value)| value);
    match head.header("X-TC-Action") {
        Some(action) => Some(action.to_owned()),
        None if head.method == "GET" => of_form(head.query()),
        None if is_form(head) => of_form(&String::from_utf8_lossy(body)),
        None => None,
    }
}
