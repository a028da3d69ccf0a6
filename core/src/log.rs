//! Where messages for a person go: a sink that the host program hands over, or nowhere.

use std::fmt;
use std::sync::Arc;

/// How much a message matters; the numbers are those of the C header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum Level {
    /// Something that a person should look at.
    Error = 1,
    /// Something that went wrong and is being dealt with.
    Warn = 2,
    /// A change worth knowing: a new value, a recovery.
    Info = 3,
    /// Every answer of the cloud, and refreshes that changed nothing.
    Debug = 4,
}

impl Level {
    /// The level of a number of the C header.
    pub fn from_number(number: i32) -> Option<Level> {
        match number {
            1 => Some(Level::Error),
            2 => Some(Level::Warn),
            3 => Some(Level::Info),
            4 => Some(Level::Debug),
            _ => None,
        }
    }
}

type Write = dyn Fn(Level, &str) + Send + Sync;

/// The host's log sink, with the level up to which it wants to hear.
#[derive(Clone, Default)]
pub struct Sink(Option<(Level, Arc<Write>)>);

impl Sink {
    /// A sink that takes messages of `level` and of all that matter more.
    pub fn new(level: Level, write: impl Fn(Level, &str) + Send + Sync + 'static) -> Sink {
        Sink(Some((level, Arc::new(write))))
    }

    /// Whether somebody listens.
    pub fn is_set(&self) -> bool {
        self.0.is_some()
    }

    /// Hands a message over; it is made only where somebody listens. Never call it with a lock held.
    pub fn write(&self, level: Level, message: impl FnOnce() -> String) {
        if let Some((wanted, write)) = &self.0
            && level <= *wanted
        {
            let message = message();
            // A path in it must not break it into lines: a log would show lines that nobody wrote.
            if message.contains(char::is_control) {
                write(level, &message.replace(char::is_control, "\u{fffd}"));
            } else {
                write(level, &message);
            }
        }
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sink({:?})", self.0.as_ref().map(|(level, _)| level))
    }
}
