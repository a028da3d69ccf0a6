//! A descriptor for event loops, which the library makes readable or not.

/// Two connected sockets: a byte in between makes the reader readable.
#[cfg(unix)]
pub(super) struct Wakeup {
    reader: std::os::unix::net::UnixStream,
    writer: std::os::unix::net::UnixStream,
}

#[cfg(unix)]
impl Wakeup {
    /// `None` if the process can open no more descriptors.
    pub(super) fn new() -> Option<Wakeup> {
        let (reader, writer) = std::os::unix::net::UnixStream::pair().ok()?;
        reader.set_nonblocking(true).ok()?;
        writer.set_nonblocking(true).ok()?;
        Some(Wakeup { reader, writer })
    }

    /// Calls alternate between `true` and `false`, so that there is at most one byte and no call blocks.
    pub(super) fn set(&self, readable: bool) {
        use std::io::{Read as _, Write as _};
        let done = if readable { (&self.writer).write(&[1]) } else { (&self.reader).read(&mut [0]) };
        // A program that reads the byte itself, which is not allowed, makes this read fail. That is harmless.
        let _missing = done.is_err();
    }
}

#[cfg(unix)]
impl std::os::fd::AsFd for Wakeup {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.reader.as_fd()
    }
}

/// This system has no such descriptors.
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
