//! `evercred_report`: the state of all sources of a client.

use std::ffi::c_char;

use evercred_core::client::Report;

use crate::plumbing::{CText, Handle, Immutable, borrow, free, lend_text, quietly};

/// A report on all sources of a client.
/// [immutable]
pub struct evercred_report;

/// The text of a report, with its NUL.
pub struct ReportView(CText);

impl ReportView {
    pub(crate) fn new(report: Report) -> ReportView {
        ReportView(CText::of(report.into_text()))
    }
}

impl Handle for evercred_report {
    type Inner = ReportView;
    type Threads = Immutable;
}

/// The text of the report. If `len_out` is not NULL, `*len_out` is set to the length in bytes.
///
/// @return a NUL-terminated UTF-8 text that is valid as long as the report; "" for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_report_text(report: *const evercred_report, len_out: *mut usize) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { lend_text(borrow(report).map(|view| view.0.as_ref()), len_out) }
}

/// Frees a report. NULL is ignored.
///
/// Owns: takes `report`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_report_free(report: *mut evercred_report) {
    // SAFETY: the crate's contract with C.
    quietly((), || unsafe { free(report) });
}
