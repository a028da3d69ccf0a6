//! The error codes of a service that mean a rejected value.

/// Codes that mean a rejected value. Case does not matter.
#[derive(Clone, Debug)]
pub enum RejectionCodes {
    /// Those that the library knows, in lists that all sources share.
    Known([&'static [&'static str]; 2]),
    /// Those that the user has set.
    Own(Box<[String]>),
}

impl Default for RejectionCodes {
    fn default() -> RejectionCodes {
        RejectionCodes::Known([&[], &[]])
    }
}

impl RejectionCodes {
    /// Whether the code is one of them.
    pub fn contain(&self, code: &str) -> bool {
        match self {
            RejectionCodes::Known(lists) => lists.iter().copied().flatten().any(|one| one.eq_ignore_ascii_case(code)),
            RejectionCodes::Own(list) => list.iter().any(|one| one.eq_ignore_ascii_case(code)),
        }
    }
}
