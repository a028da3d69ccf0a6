//! `evercred_event`: one thing that happened.

use std::ffi::c_char;
use std::sync::Arc;

use evercred_core::cache::Event;

use crate::error::{ErrorView, evercred_error};
use crate::plumbing::{CText, Handle, borrow, borrowed, free, quietly};

/// One thing that happened to a source or a client. It holds no secret.
/// [immutable]
pub struct evercred_event;

/// An event with its texts as C wants them.
pub struct EventView {
    event: Event,
    source: CText,
    error: Option<Arc<ErrorView>>,
}

impl EventView {
    pub(crate) fn new(event: Event) -> EventView {
        EventView {
            source: CText::new(&event.source),
            error: event.error.clone().map(|error| Arc::new(ErrorView::new(error))),
            event,
        }
    }
}

impl Handle for evercred_event {
    type Inner = EventView;
}

/// What happened: an `EVERCRED_EVENT_` number. Later versions may have more of them: pass over what is not known.
///
/// @return the number; 0 for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_event_kind(event: *const evercred_event) -> i32 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(event) }.map_or(0, |view| view.event.kind as i32)
}

/// The name of the source that it happened to, as `evercred_source_name` has it. The length in bytes goes to `len_out`,
/// unless that is NULL.
///
/// @return a NUL-terminated UTF-8 text that lives as long as the event; "" where it concerns the client, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_event_source_name(
    event: *const evercred_event,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { borrowed(borrow(event).map(|view| view.source.as_ref()), len_out) }
}

/// The source's generation since it happened; that of a changed value is its credential's.
///
/// @return the number; 0 before the first value, where it concerns the client, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_event_generation(event: *const evercred_event) -> u64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(event) }.map_or(0, |view| view.event.generation)
}

/// What went wrong, where something did: why a refresh failed, or which certificate is about to end.
///
/// @return an error that belongs to the event and lives as long: never free it. NULL where nothing did, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_event_error(event: *const evercred_event) -> *const evercred_error {
    // SAFETY: the crate's contract with C.
    let error = unsafe { borrow(event) }.and_then(|view| view.error.as_ref());
    error.map_or(std::ptr::null(), |error| Arc::as_ptr(error).cast())
}

/// When it happened, in milliseconds since 1970 on this machine's wall clock.
///
/// @return the time; 0 for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_event_time_ms(event: *const evercred_event) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(event) }.map_or(0, |view| view.event.time_ms)
}

/// How many older events were lost right before this one, since they were not fetched in time.
///
/// @return the number; 0 for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_event_dropped(event: *const evercred_event) -> u64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(event) }.map_or(0, |view| view.event.dropped)
}

/// Frees an event. NULL is nothing.
///
/// Owns: takes `event`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_event_free(event: *mut evercred_event) {
    // SAFETY: the crate's contract with C.
    quietly((), || unsafe { free(event) });
}
