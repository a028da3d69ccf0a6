//! Who waits for a flight.

/// Who needs a flight that waits for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Another flight, which is in the air and waits for it.
    Flight,
    /// A caller that waits.
    Caller,
}
