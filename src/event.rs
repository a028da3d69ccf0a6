//! `evercred_event`: something that happened to a source or a client.

use std::ffi::c_char;
use std::sync::Arc;

use evercred_core::cache::Event;

use crate::error::{ErrorView, evercred_error};
use crate::plumbing::{CText, Handle, Immutable, borrow, free, lend_text, quietly};

/// Something that happened to a source or a client. It holds no secret.
/// [immutable]
pub struct evercred_event;

/// An event with its texts, each with its NUL.
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
    type Threads = Immutable;
}

/// What happened: an `EVERCRED_EVENT_` number. Later versions may add numbers: ignore those that you do not know.
///
/// @return the number; 0 for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_event_kind(event: *const evercred_event) -> i32 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(event) }.map_or(0, |view| view.event.kind as i32)
}

/// The name of the source of the event, as in `evercred_source_name`. If `len_out` is not NULL, `*len_out` is set to
/// the length in bytes.
///
/// @return a NUL-terminated UTF-8 text that is valid as long as the event; "" if the event concerns the client, and for
/// NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_event_source_name(
    event: *const evercred_event,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { lend_text(borrow(event).map(|view| view.source.as_ref()), len_out) }
}

/// The source's generation after the event. After a change it is the generation of the new credential.
///
/// @return the number; 0 before the first value, if the event concerns the client, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_event_generation(event: *const evercred_event) -> u64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(event) }.map_or(0, |view| view.event.generation)
}

/// The error of the event, if it has one: why a refresh failed, or which certificate is about to expire.
///
/// @return an error that belongs to the event and is valid as long as the event: do not free it. NULL if the event has
/// no error, and for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_event_error(event: *const evercred_event) -> *const evercred_error {
    // SAFETY: the crate's contract with C.
    let error = unsafe { borrow(event) }.and_then(|view| view.error.as_ref());
    error.map_or(std::ptr::null(), |error| Arc::as_ptr(error).cast())
}

/// When the event happened, in milliseconds since 1970 by this machine's wall clock.
///
/// @return the time; 0 for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_event_occurred_at_ms(event: *const evercred_event) -> i64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(event) }.map_or(0, |view| view.event.time_ms)
}

/// How many older events were dropped directly before this one because they were not fetched in time.
///
/// @return the number; 0 for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_event_dropped_before(event: *const evercred_event) -> u64 {
    // SAFETY: the crate's contract with C.
    unsafe { borrow(event) }.map_or(0, |view| view.event.dropped)
}

/// Frees an event. NULL is ignored.
///
/// Owns: takes `event`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_event_free(event: *mut evercred_event) {
    // SAFETY: the crate's contract with C.
    quietly((), || unsafe { free(event) });
}
