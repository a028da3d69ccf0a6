//! `evercred_report`: how all sources of a client are.

use std::ffi::c_char;

use evercred_core::client::Report;

use crate::plumbing::{CText, Handle, borrow, borrowed, free, quietly};

/// A finished report.
/// [immutable]
pub struct evercred_report;

/// A report's text as C wants it.
pub struct ReportView(CText);

impl ReportView {
    pub(crate) fn new(report: &Report) -> ReportView {
        ReportView(CText::new(report.text()))
    }
}

impl Handle for evercred_report {
    type Inner = ReportView;
}

/// The report's text; its length in bytes goes to `len_out`, unless that is NULL.
///
/// @return a NUL-terminated UTF-8 text that lives as long as the report; "" for NULL.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_report_text(report: *const evercred_report, len_out: *mut usize) -> *const c_char {
    // SAFETY: the crate's contract with C.
    unsafe { borrowed(borrow(report).map(|view| view.0.as_ref()), len_out) }
}

/// Frees a report. NULL is nothing.
///
/// Owns: takes `report`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_report_free(report: *mut evercred_report) {
    // SAFETY: the crate's contract with C.
    quietly((), || unsafe { free(report) });
}
