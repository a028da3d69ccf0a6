//! The check of texts that are sent in headers: names, ids, keys and tokens, of every cloud.

use crate::secret::{HEADER_RULE, fits_header};

/// Why a header cannot carry the value, to follow the value's name in an error; `None` if it can. The value is not quoted.
pub fn header_text_problem(value: &str) -> Option<&'static str> {
    (!fits_header(value)).then_some(HEADER_RULE)
}
