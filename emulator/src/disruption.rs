//! Disruptions of a region: what happens to a request instead of its normal answer.

use crate::refusal::Refusal;

/// What happens to a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Disruption {
    /// The normal answer is sent.
    None,
    /// The connection is reset.
    Down,
    /// No answer is sent.
    Silent,
    /// This answer is sent.
    Refused(Refusal),
}
