//! What keeps a request from its answer before a service looks at it.

use crate::refusal::Refusal;

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Disruption {
    /// The service answers it.
    None,
    /// The connection is reset.
    Down,
    /// No answer is sent.
    Silent,
    /// This answer is sent.
    Refused(Refusal),
}
