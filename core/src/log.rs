//! Log messages: they go to the sink that the host program sets, or nowhere.

use std::fmt;
use std::sync::Arc;

/// The severity of a message; the numbers are those of the C header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum Level {
    /// A problem that needs a person.
    Error = 1,
    /// A problem that the library handles.
    Warn = 2,
    /// A notable change: a new value, a recovery.
    Info = 3,
    /// Every answer of the cloud, and refreshes that changed nothing.
    Debug = 4,
}

impl Level {
    /// The level with this number in the C header.
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

/// The longest message, in bytes. The rest is cut off.
const LONGEST_MESSAGE: usize = 4096;

type Write = dyn Fn(Level, &str) + Send + Sync;

/// The host's log sink, with the least severe level that it receives.
#[derive(Clone, Default)]
pub struct Sink(Option<(Level, Arc<Write>)>);

impl Sink {
    /// A sink for messages of `level` and of more severe levels.
    pub fn new(level: Level, write: impl Fn(Level, &str) + Send + Sync + 'static) -> Sink {
        Sink(Some((level, Arc::new(write))))
    }

    /// This sink, with each write made by `pass`, which may leave it out.
    #[must_use]
    pub fn through(self, pass: impl Fn(&mut dyn FnMut()) + Send + Sync + 'static) -> Sink {
        let through = |(level, write): (Level, Arc<Write>)| -> (Level, Arc<Write>) {
            (level, Arc::new(move |level, message| pass(&mut || write(level, message))))
        };
        Sink(self.0.map(through))
    }

    /// Whether a sink is set.
    pub fn is_set(&self) -> bool {
        self.0.is_some()
    }

    /// Writes a message. The message is built only if the sink receives its level. Do not call it with a lock held.
    pub fn write(&self, level: Level, message: impl FnOnce() -> String) {
        if let Some((wanted, write)) = &self.0
            && level <= *wanted
        {
            let message = message();
            // A path in a message must not forge lines of the log.
            let mut message = if message.contains(char::is_control) {
                message.replace(char::is_control, "\u{fffd}")
            } else {
                message
            };
            if message.len() > LONGEST_MESSAGE {
                let end = (0..=LONGEST_MESSAGE).rev().find(|end| message.is_char_boundary(*end));
                message.truncate(end.unwrap_or_default());
                message.push('…');
            }
            write(level, &message);
        }
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sink({:?})", self.0.as_ref().map(|(level, _)| level))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::{LONGEST_MESSAGE, Level, Sink};

    #[test]
    fn a_message_is_one_line_of_bounded_length() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let log = Sink::new(Level::Info, move |_, text| sink.lock().unwrap().push(text.to_owned()));
        log.write(Level::Info, || String::from("a\nb"));
        log.write(Level::Info, || "密".repeat(100_000));
        let lines = lines.lock().unwrap();
        assert_eq!(lines[0], "a\u{fffd}b");
        assert!(lines[1].len() <= LONGEST_MESSAGE + 3 && lines[1].ends_with("密…"), "{}", lines[1].len());
    }
}
