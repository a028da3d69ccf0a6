//! The events of a source, which subscribers receive.

use crate::error::Error;

/// The kind of an event; the numbers are those of the C header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum EventKind {
    /// The source has another value. The first value is a change too.
    Changed = 1,
    /// A refresh failed. The held value stays in use as long as allowed.
    RefreshFailed = 2,
    /// The value was reported as rejected, and the library fetches another one.
    Rejected = 3,
    /// The service still returns the old value 15 minutes after it should have rotated it. Sent once per rotation.
    RotationOverdue = 4,
    /// A certificate of a CA file is about to expire. Sent once a day.
    CaExpiring = 5,
    /// A refresh succeeded after failed ones.
    Recovered = 6,
    /// The value is expired, `max_stale` has passed, and there is no other value.
    Ended = 7,
    /// The service stands by a value that was reported as rejected: it returned the same one after the settle time.
    Reconfirmed = 8,
    /// A refresh that somebody asked for or waited for succeeded with the same value.
    Refreshed = 9,
    /// A fetch that a caller of `try_get` waits for has not ended in time: `get` returns the held value from now on.
    WaitEnded = 10,
}

impl EventKind {
    /// Every kind, in the order of its number.
    pub const ALL: [EventKind; 10] = [
        EventKind::Changed,
        EventKind::RefreshFailed,
        EventKind::Rejected,
        EventKind::RotationOverdue,
        EventKind::CaExpiring,
        EventKind::Recovered,
        EventKind::Ended,
        EventKind::Reconfirmed,
        EventKind::Refreshed,
        EventKind::WaitEnded,
    ];
}

/// One event. It contains no secret.
#[derive(Clone, Debug)]
pub struct Event {
    /// The kind.
    pub kind: EventKind,
    /// The name of the source; empty if the event concerns the client.
    pub source: String,
    /// The source's generation after the event; 0 if there is none.
    pub generation: u64,
    /// The cause, if something failed.
    pub error: Option<Error>,
    /// When it happened, in milliseconds since 1970 on this machine's wall clock.
    pub time_ms: i64,
    /// How many events immediately before this one were dropped because the queue was full.
    pub dropped: u64,
}
