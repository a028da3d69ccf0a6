//! The versions, the names of error codes, and the count of live handles.

use std::ffi::c_char;

use evercred_core::error::Code;

use crate::plumbing::live_handles;

/// The version of the library, such as "0.1.0". `EVERCRED_VERSION` is the version of the header.
///
/// @return a text that is valid as long as the library is loaded.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn evercred_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The version of the ABI that the library implements. It grows when something is removed or changed, never when
/// something is added. Compare it with `EVERCRED_ABI_VERSION` before the first call.
///
/// @return the number.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn evercred_abi_version() -> u32 {
    0
}

/// The name of an error code, such as "EVERCRED_E_CLOSED".
///
/// @return a text that is valid as long as the library is loaded; "EVERCRED_E_UNKNOWN" for a number that this version
/// does not know.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn evercred_code_name(code: i32) -> *const c_char {
    macro_rules! names {
        ($($name:ident),* $(,)?) => {
            match code {
                crate::constants::EVERCRED_OK => "EVERCRED_OK\0",
                $(crate::constants::$name => concat!(stringify!($name), "\0"),)*
                _ => "EVERCRED_E_UNKNOWN\0",
            }
        };
    }
    let name = names!(
        EVERCRED_E_INVALID_ARGUMENT,
        EVERCRED_E_UNKNOWN_OPTION,
        EVERCRED_E_INVALID_OPTION,
        EVERCRED_E_FILE,
        EVERCRED_E_CLOSED,
        EVERCRED_E_TIMEOUT,
        EVERCRED_E_NETWORK,
        EVERCRED_E_TLS,
        EVERCRED_E_SERVICE,
        EVERCRED_E_THROTTLED,
        EVERCRED_E_REFUSED,
        EVERCRED_E_IDENTITY,
        EVERCRED_E_CLOCK,
        EVERCRED_E_MALFORMED,
        EVERCRED_E_RATE_LIMITED,
        EVERCRED_E_NO_IDENTITY,
        EVERCRED_E_UNSUPPORTED,
        EVERCRED_E_RESOURCES,
        EVERCRED_E_INTERNAL,
    );
    name.as_ptr().cast()
}

/// For tests: the number of handles that are not freed yet. It is 0 at the end of a program that frees every handle.
/// Credentials are counted in debug builds only, because counting would be the slowest part of `evercred_source_get`.
///
/// @return the number.
/// Owns: nothing. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn evercred_live_handles() -> u64 {
    live_handles()
}

const _: () = assert!(Code::ALL.len() == 19, "a new code needs its constant and its name here");
