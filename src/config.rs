//! `evercred_config`: options by name, and the callbacks.

use std::ffi::{c_char, c_void};
use std::sync::{Mutex, PoisonError};

use evercred_core::client::Config;
use evercred_core::error::Error;
use evercred_core::log::{Level, Sink};
use evercred_core::providers::IdentityCallback;

use crate::error::evercred_error;
use crate::identity::{Asked, evercred_identity_callback};
use crate::plumbing::{
    Handle, Out, Userdata, boundary, evercred_userdata_free, free, optional_path, quietly, required, text,
};

/// Options that a client or a source is made with; `docs/CONFIGURATION.md` lists them. What is not set has its default.
/// [one thread at a time]
pub struct evercred_config;

impl Handle for evercred_config {
    type Inner = Mutex<Config>;
}

/// Receives a message: the `userdata` that was given with it, an `EVERCRED_LOG_` level, and a NUL-terminated UTF-8 text
/// with its length, which lives for the call only. It is called on a thread of the library or of a caller, with no lock
/// held; several threads may call it at once. It may call accessors, nothing that blocks.
pub type evercred_log_callback =
    Option<unsafe extern "C" fn(userdata: *mut c_void, level: i32, message: *const c_char, message_len: usize)>;

/// A C log callback with what it wants to be called with.
struct LogCallback {
    function: unsafe extern "C" fn(*mut c_void, i32, *const c_char, usize),
    userdata: Userdata,
}

impl LogCallback {
    fn write(&self, level: Level, message: &str) {
        let with_nul: Vec<u8> = message.bytes().chain([0]).collect();
        // SAFETY: the host promised a function of this type; the text lives until it returns.
        unsafe { (self.function)(self.userdata.pointer(), level as i32, with_nul.as_ptr().cast(), message.len()) };
    }
}

fn change(config: *mut evercred_config, edit: impl FnOnce(&mut Config) -> Result<(), Error>) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let config = unsafe { required("config", config.cast_const()) }?;
        edit(&mut config.lock().unwrap_or_else(PoisonError::into_inner))
    })
}

/// As [`change`], for an edit that may log: the callback must not meet a lock.
fn load(config: *mut evercred_config, edit: impl FnOnce(&mut Config) -> Result<(), Error>) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let config = unsafe { required("config", config.cast_const()) }?;
        let mut loaded = config.lock().unwrap_or_else(PoisonError::into_inner).clone();
        edit(&mut loaded)?;
        let before = {
            let mut config = config.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *config, loaded)
        };
        // With it may go the last hold on a callback that was replaced meanwhile, whose userdata the host frees.
        drop(before);
        Ok(())
    })
}

/// Makes a configuration with nothing set.
///
/// @return NULL, or an error.
/// Owns: the caller gets `*config_out` and frees it with `evercred_config_free`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_config_new(config_out: *mut *mut evercred_config) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let out = unsafe { Out::new("config_out", config_out) }?;
        out.give(Mutex::new(Config::new()));
        Ok(())
    })
}

/// Sets an option, such as "tencent_secret_id". An empty value takes it back. Keys and values are copied.
///
/// @return NULL, or an error: UNKNOWN_OPTION names the nearest option, INVALID_OPTION says what the option takes. Then
/// nothing was changed.
/// Owns: nothing. Blocks: no. Threads: one at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_config_set(
    config: *mut evercred_config,
    key: *const c_char,
    value: *const c_char,
) -> *mut evercred_error {
    change(config, |config| {
        // SAFETY: the crate's contract with C.
        let key = unsafe { text("key", key) }?;
        // SAFETY: as above.
        let value = unsafe { text("value", value) }.map_err(|error| error.in_context(&format!("the option {key}")))?;
        config.set(key, value)
    })
}

/// Sets the options of a file with lines `option = value`; a `#` at the start of a line or after white space starts a
/// comment. A file of the official clients of Alibaba Cloud, called "managed_credentials_providers.properties" or
/// "secretsmanager.properties" or known by a key such as `credentials_type`, is read as it is and comes to options of
/// evercred, as the option "config_generation" says: its login identity replaces the one that was set, its regions and
/// secret names add up with others, options that stand in it come on top, and keys without a meaning are named in the log.
///
/// @return NULL, or an error that names the file, the line and the option. Then nothing was changed.
/// Owns: nothing. Blocks: for reading the file and those that it names. Threads: one at a time, and none that changes the
/// environment meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_config_load_file(
    config: *mut evercred_config,
    path: *const c_char,
) -> *mut evercred_error {
    load(config, |config| {
        // SAFETY: the crate's contract with C.
        let path = unsafe { optional_path("path", path) }?;
        config.load_file(&path)
    })
}

/// Sets the options whose environment variable is set: "EVERCRED_" and the option's name in capitals, such as
/// EVERCRED_TENCENT_SECRET_ID; under these the variables that the official clients of Alibaba Cloud read, by their own names
/// such as `credentials_type` and `cache_client_region_id`, with the meaning that they have in a file.
///
/// @return NULL, or an error that names the variable. Then nothing was changed.
/// Owns: nothing. Blocks: for reading the files that variables name. Threads: one at a time, and none that changes the
/// environment meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_config_load_environment(config: *mut evercred_config) -> *mut evercred_error {
    load(config, |config| config.load_environment(|name| std::env::var_os(name)))
}

/// Has messages of a level, and of all that matter more, handed to a callback. Without one the library is silent: it
/// never writes to stdout, stderr or a log of the process. No message holds a secret. Set it before files and the environment
/// are loaded: what is said of them is not kept.
///
/// @return NULL, or an error; then `userdata_free` is not called.
/// Owns: takes `userdata` on success: `userdata_free`, which may be NULL, is called with it once, when the last handle of
/// the configuration and of what was made with it was freed, or another callback was set. Blocks: no. Threads: one at a
/// time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_config_set_log_callback(
    config: *mut evercred_config,
    level: i32,
    callback: evercred_log_callback,
    userdata: *mut c_void,
    userdata_free: evercred_userdata_free,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let config = unsafe { required("config", config.cast_const()) }?;
        let level = Level::from_number(level).ok_or_else(|| {
            Error::argument("level", "it takes a number from EVERCRED_LOG_ERROR to EVERCRED_LOG_DEBUG")
        })?;
        let function = callback.ok_or_else(|| Error::argument("callback", "it is NULL; pass a function"))?;
        let callback = LogCallback { function, userdata: Userdata::new(userdata, userdata_free) };
        let sink = Sink::new(level, move |level, message| callback.write(level, message));
        let before = {
            let mut config = config.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut config.log, sink)
        };
        // Its userdata may be freed here, by code of the host: not with the lock held.
        drop(before);
        Ok(())
    })
}

/// Has the login identity handed over by a function of the program, such as one that asks a vault. The identity options
/// (`tencent_identity`, `aliyun_identity`) use it by the name `callback`, and in `auto` it comes before a static key; a role
/// that is named is assumed with it. What it hands over is kept fresh like any other identity: asked for again before its
/// end, and when the cloud refuses it. A configuration of overrides may have another one.
///
/// @return NULL, or an error; then `userdata_free` is not called.
/// Owns: takes `userdata` on success, as `evercred_config_set_log_callback` does; a call that is still running when its
/// client is freed keeps it, and frees it afterwards on its own thread. Blocks: no. Threads: one at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_config_set_identity_callback(
    config: *mut evercred_config,
    callback: evercred_identity_callback,
    userdata: *mut c_void,
    userdata_free: evercred_userdata_free,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let config = unsafe { required("config", config.cast_const()) }?;
        let function = callback.ok_or_else(|| Error::argument("callback", "it is NULL; pass a function"))?;
        let asked = Asked::new(function, Userdata::new(userdata, userdata_free));
        let before = {
            let mut config = config.lock().unwrap_or_else(PoisonError::into_inner);
            config.identity_callback.replace(IdentityCallback::new(move || asked.ask()))
        };
        // Its userdata may be freed here, by code of the host: not with the lock held.
        drop(before);
        Ok(())
    })
}

/// Frees a configuration; clients and sources that were made with it keep their copies. NULL is nothing.
///
/// Owns: takes `config`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_config_free(config: *mut evercred_config) {
    // SAFETY: the crate's contract with C.
    quietly((), || unsafe { free(config) });
}
