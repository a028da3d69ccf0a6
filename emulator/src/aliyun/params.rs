//! A request to the OpenAPI gateway: an action with parameters, from the query and from a form.

use crate::form::{is_form, parse_form};
use crate::http::Head;
use crate::refusal::Refusal;

/// A request with its parameters read.
pub(crate) struct Call<'a> {
    pub(crate) head: &'a Head,
    pub(crate) body: &'a [u8],
    /// Those of the query.
    pub(crate) query: Vec<(String, String)>,
    /// Those of a form body.
    pub(crate) form: Vec<(String, String)>,
}

impl<'a> Call<'a> {
    pub(crate) fn read(head: &'a Head, body: &'a [u8]) -> Call<'a> {
        let form = if is_form(head) { parse_form(&String::from_utf8_lossy(body)) } else { Vec::new() };
        Call { head, body, query: parse_form(head.query()), form }
    }

    /// Every parameter, those of the query first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &(String, String)> {
        self.query.iter().chain(&self.form)
    }

    /// A parameter that is there, empty or not.
    pub(crate) fn given(&self, name: &str) -> Option<&str> {
        self.all().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that is there and not empty.
    pub(crate) fn optional(&self, name: &str) -> Option<&str> {
        self.given(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.optional(name).ok_or_else(|| Refusal::missing(name))
    }

    /// A whole number, if it was given.
    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let wrong = |_| Refusal::invalid(name, format!("The parameter {name} is not a whole number."));
        self.optional(name).map(|text| text.parse().map_err(wrong)).transpose()
    }

    /// `true` and `false` in any case, as the clients write them.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.optional(name).map(str::to_ascii_lowercase).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Refusal::invalid(name, format!("The parameter {name} is neither true nor false."))),
        }
    }

    pub(crate) fn action(&self) -> Option<&str> {
        self.head.header("x-acs-action").or_else(|| self.optional("Action"))
    }

    pub(crate) fn version(&self) -> Option<&str> {
        self.head.header("x-acs-version").or_else(|| self.optional("Version"))
    }
}
