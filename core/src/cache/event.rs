//! What a source tells those who listen.

use crate::error::Error;

/// What happened; the numbers are those of the C header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum EventKind {
    /// Another value is handed out from now on; the first one counts as well.
    Changed = 1,
    /// A refresh failed. What is held stays in use as long as it may.
    RefreshFailed = 2,
    /// The value was reported as refused, and another one is asked for.
    Rejected = 3,
    /// The service should have rotated the value by now and still hands out the old one: told once a rotation.
    RotationOverdue = 4,
    /// A certificate that servers are checked against is about to end; told once a day.
    CaExpiring = 5,
    /// A refresh succeeded after failed ones.
    Recovered = 6,
    /// The value is past its end and past all patience, and there is no other one.
    Ended = 7,
}

impl EventKind {
    /// Every kind, in the order of its number.
    pub const ALL: [EventKind; 7] = [
        EventKind::Changed,
        EventKind::RefreshFailed,
        EventKind::Rejected,
        EventKind::RotationOverdue,
        EventKind::CaExpiring,
        EventKind::Recovered,
        EventKind::Ended,
    ];
}

/// One thing that happened. It holds no secret.
#[derive(Clone, Debug)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// To which source; empty where it concerns the whole client.
    pub source: String,
    /// The source's generation since then; 0 where there is none.
    pub generation: u64,
    /// Why, where something went wrong.
    pub error: Option<Error>,
    /// When, in milliseconds since 1970 on this machine's wall clock.
    pub time_ms: i64,
    /// How many older events were lost right before this one, since nobody fetched them.
    pub dropped: u64,
}
