//! The core's view of the process and the machine, including what safe Rust cannot do.

use std::any::Any;
use std::ffi::OsString;
use std::mem::MaybeUninit;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use evercred_core::platform::{BoxFuture, GenerationCell, LONGEST_SLEEP, Moment, Platform, StdPlatform, sleep_for};

use super::{arena, panics, secret_memory};

/// Implements boot clock, signal mask, fork epoch and generation counters; the rest is the standard platform's.
pub(crate) struct ProcessPlatform {
    standard: StdPlatform,
}

/// Counts this process and its forked ancestors.
static EPOCH: AtomicU64 = AtomicU64::new(0);
/// A counter that is 0 in a forked child; it holds the epoch of the process that wrote it.
static ALIVE: AtomicPtr<AtomicU64> = AtomicPtr::new(ptr::null_mut());

impl ProcessPlatform {
    pub(crate) fn new() -> ProcessPlatform {
        panics::silence_panics();
        secret_memory::protect_secrets();
        ProcessPlatform { standard: StdPlatform }
    }
}

fn alive() -> &'static AtomicU64 {
    let mut cell = ALIVE.load(Ordering::Acquire);
    if cell.is_null() {
        let fresh = ptr::from_ref(arena::allocate_for_ever()).cast_mut();
        cell = match ALIVE.compare_exchange(ptr::null_mut(), fresh, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => fresh,
            // If two threads get here at once, one counter stays unused.
            Err(other) => other,
        };
    }
    // SAFETY: set once, to a counter of the arena, which is never freed.
    unsafe { &*cell }
}

impl Platform for ProcessPlatform {
    fn now(&self) -> Moment {
        // Linux' boot clock counts a suspend; elsewhere only the monotonic clock may.
        #[cfg(target_os = "linux")]
        const CLOCK: libc::clockid_t = libc::CLOCK_BOOTTIME;
        #[cfg(not(target_os = "linux"))]
        const CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC;
        let mut time = MaybeUninit::<libc::timespec>::uninit();
        // SAFETY: `time` is writable; it is read only if the call has filled it.
        let time = unsafe {
            if libc::clock_gettime(CLOCK, time.as_mut_ptr()) != 0 {
                return self.standard.now();
            }
            time.assume_init()
        };
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        let millis = u64::try_from(time.tv_nsec / 1_000_000).unwrap_or(0);
        Moment::from_ms(seconds.saturating_mul(1000).saturating_add(millis))
    }

    fn boot_id(&self) -> Option<String> {
        // Not a `OnceLock`: a child that is forked during the first use would wait for it for ever.
        static ID: AtomicPtr<String> = AtomicPtr::new(ptr::null_mut());
        // SAFETY: null, or a string that is never freed or changed.
        if let Some(id) = unsafe { ID.load(Ordering::Acquire).as_ref() } {
            return Some(id.clone());
        }
        // In another time namespace the boot clock has another start.
        let read = || {
            let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
            let space = std::fs::read_link("/proc/self/ns/time").ok();
            Some(format!("{} {}", id.trim(), space.unwrap_or_default().display()))
        };
        let id = read();
        let fresh = Box::into_raw(Box::new(id.clone()?));
        if ID.compare_exchange(ptr::null_mut(), fresh, Ordering::AcqRel, Ordering::Acquire).is_err() {
            // SAFETY: another thread was first, so nobody else has this pointer, which is of a box.
            drop(unsafe { Box::from_raw(fresh) });
        }
        id
    }

    fn wall_ms(&self) -> i64 {
        self.standard.wall_ms()
    }

    fn sleep(&self, until: Moment) -> BoxFuture<'_, ()> {
        // The runtime's timer stops during a suspend: sleep only for a short time, then read the boot clock again.
        let wait = until.since(self.now()).min(LONGEST_SLEEP);
        Box::pin(sleep_for(wait))
    }

    fn variable(&self, name: &str) -> Option<OsString> {
        self.standard.variable(name)
    }

    fn random(&self) -> f64 {
        self.standard.random()
    }

    fn fork_epoch(&self) -> u64 {
        let alive = alive();
        match alive.load(Ordering::Acquire) {
            0 => {
                let epoch = EPOCH.fetch_add(1, Ordering::AcqRel) + 1;
                match alive.compare_exchange(0, epoch, Ordering::AcqRel, Ordering::Acquire) {
                    Ok(_) => epoch,
                    Err(other) => other,
                }
            }
            epoch => epoch,
        }
    }

    fn generation_cell(&self) -> GenerationCell {
        arena::allocate()
    }

    fn block_signals(&self) -> Box<dyn Any> {
        Box::new(SignalsBlocked::new())
    }

    fn prepare_child(&self, command: &mut Command) {
        let unblock = || {
            let mut none = MaybeUninit::<libc::sigset_t>::uninit();
            // SAFETY: `sigemptyset` fills `none`. Both functions may be called between fork and exec.
            unsafe {
                libc::sigemptyset(none.as_mut_ptr());
                libc::pthread_sigmask(libc::SIG_SETMASK, none.as_ptr(), ptr::null_mut());
            }
            Ok(())
        };
        // SAFETY: the closure does not allocate, takes no lock and makes only calls that are allowed after a fork.
        unsafe { command.pre_exec(unblock) };
    }
}

/// Blocks every signal except the synchronous ones, until dropped.
struct SignalsBlocked(Option<libc::sigset_t>);

impl SignalsBlocked {
    fn new() -> SignalsBlocked {
        let mut wanted = MaybeUninit::<libc::sigset_t>::uninit();
        let mut before = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: `sigfillset` fills `wanted`; `before` is read only if the call has filled it.
        unsafe {
            libc::sigfillset(wanted.as_mut_ptr());
            for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGABRT, libc::SIGTRAP] {
                libc::sigdelset(wanted.as_mut_ptr(), signal);
            }
            let done = libc::pthread_sigmask(libc::SIG_SETMASK, wanted.as_ptr(), before.as_mut_ptr()) == 0;
            SignalsBlocked(done.then(|| before.assume_init()))
        }
    }
}

impl Drop for SignalsBlocked {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // SAFETY: the set is the one that was in force before.
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before, ptr::null_mut()) };
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_child_inherits_no_blocked_signal() {
        let platform = ProcessPlatform { standard: StdPlatform };
        let _blocked = platform.block_signals();
        let mut command = Command::new("cat");
        platform.prepare_child(command.arg("/proc/self/status"));
        let status = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap();
        assert_eq!(u64::from_str_radix(blocked.trim(), 16), Ok(0));
    }
}
