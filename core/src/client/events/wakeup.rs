//! A descriptor that is readable or not, as we like: for event loops.

/// Two connected sockets: a byte that lies between them makes the one readable.
#[cfg(unix)]
pub(super) struct Wakeup {
    listening: std::os::unix::net::UnixStream,
    ringing: std::os::unix::net::UnixStream,
}

#[cfg(unix)]
impl Wakeup {
    /// `None` where the process may open no more descriptors.
    pub(super) fn new() -> Option<Wakeup> {
        let (listening, ringing) = std::os::unix::net::UnixStream::pair().ok()?;
        listening.set_nonblocking(true).ok()?;
        ringing.set_nonblocking(true).ok()?;
        Some(Wakeup { listening, ringing })
    }

    /// Called in turns: there is never more than one byte, so that neither call can wait.
    pub(super) fn set(&self, readable: bool) {
        use std::io::{Read as _, Write as _};
        let done = if readable { (&self.ringing).write(&[1]) } else { (&self.listening).read(&mut [0]) };
        // Whoever polls may have read the byte, against the rules: then it is missing here, and nothing else is wrong.
        let _missing = done.is_err();
    }
}

#[cfg(unix)]
impl std::os::fd::AsFd for Wakeup {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.listening.as_fd()
    }
}

/// There are no such descriptors on this system.
#[cfg(not(unix))]
pub(super) struct Wakeup;

#[cfg(not(unix))]
impl Wakeup {
    pub(super) fn new() -> Option<Wakeup> {
        None
    }

    pub(super) fn set(&self, readable: bool) {
        let _unused = readable;
    }
}
