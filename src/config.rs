//! `evercred_config`: options by name, and callbacks.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use arc_swap::ArcSwap;
use evercred_core::client::{Config, options};
use evercred_core::error::Error;
use evercred_core::log::{Level, Sink};
use evercred_core::providers::IdentityCallback;

use crate::error::evercred_error;
use crate::identity::{Callback, evercred_identity_callback};
use crate::plumbing::{
    Handle, OneThreadAtATime, Out, Userdata, boundary, evercred_free_callback, file_path, free, protect_secrets,
    quietly, required, text,
};

/// The options and callbacks of a client or a source. `docs/CONFIGURATION.md` lists the options. An option that is not
/// set has its default.
/// [one thread at a time]
pub struct evercred_config;

impl Handle for evercred_config {
    type Inner = Shared;
    type Threads = OneThreadAtATime;
}

/// The options behind a handle. They are replaced as a whole, without a lock: a child that is forked while another thread
/// of its parent changes them could inherit the lock locked.
pub(crate) struct Shared(ArcSwap<Config>);

impl Shared {
    fn new() -> Shared {
        Shared(ArcSwap::from_pointee(Config::new()))
    }

    /// A copy of the options.
    pub(crate) fn copy(&self) -> Config {
        Config::clone(&self.0.load())
    }

    /// Changes the options, unless the edit fails. The edit and the drop of what it replaces may run the host's code.
    fn change(&self, edit: impl FnOnce(&mut Config) -> Result<(), Error>) -> Result<(), Error> {
        let mut changed = self.copy();
        edit(&mut changed)?;
        self.0.store(Arc::new(changed));
        Ok(())
    }
}

/// Receives a log message. `userdata` is the pointer that was registered with the callback. `level` is an
/// `EVERCRED_LOG_` number. `message` is a NUL-terminated UTF-8 text of `message_len` bytes; it is valid only during the
/// call. The callback runs on a thread of the library or of a caller, with no lock held; several threads may call it at
/// the same time. It may call accessors, but nothing that blocks. It must return: no `longjmp`, no C++ exception.
pub type evercred_log_callback =
    Option<unsafe extern "C" fn(userdata: *mut c_void, level: i32, message: *const c_char, message_len: usize)>;

/// A C log callback and its `userdata`.
struct LogCallback {
    function: unsafe extern "C" fn(*mut c_void, i32, *const c_char, usize),
    userdata: Userdata,
}

impl LogCallback {
    fn write(&self, level: Level, message: &str) {
        let with_nul: Vec<u8> = message.bytes().chain([0]).collect();
        // SAFETY: by contract the host passed a function of this type; the text outlives the call.
        unsafe { (self.function)(self.userdata.pointer(), level as i32, with_nul.as_ptr().cast(), message.len()) };
    }
}

fn change(config: *mut evercred_config, edit: impl FnOnce(&mut Config) -> Result<(), Error>) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        unsafe { required("config", config.cast_const()) }?.change(edit)
    })
}

/// Creates a configuration in which no option is set.
///
/// @return NULL on success, or an error.
/// Owns: the caller owns `*config_out` and frees it with `evercred_config_free`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_config_new(config_out: *mut *mut evercred_config) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let out = unsafe { Out::new("config_out", config_out) }?;
        protect_secrets();
        out.give(Shared::new());
        Ok(())
    })
}

/// Sets an option, such as "tencent_secret_id". An empty value resets the option to its default. Key and value are
/// copied.
///
/// @return NULL on success, or an error. UNKNOWN_OPTION names the nearest option, not the key. INVALID_OPTION says which values the
/// option accepts. After an error the configuration is unchanged.
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
        let value = unsafe { text("value", value) }.map_err(|error| match options::find(key) {
            Some(spec) => error.in_context(&format!("the option {}", spec.name)),
            None => error,
        })?;
        config.set(key, value)
    })
}

/// Sets the options that a file contains, in lines `option = value`. A `#` at the start of a line or after white space
/// starts a comment. The files of Alibaba Cloud's official clients are read as they are: a file is one if it is named
/// "managed_credentials_providers.properties" or "secretsmanager.properties", or contains a key such as
/// `credentials_type`. Its keys set options of evercred; the option "config_generation" selects their meaning. Its
/// login identity replaces the one that was set before. Its regions and secret names are added to those that were set
/// before. Options of evercred in the same file take precedence. Lines with a key that has no meaning
/// are named in the log. No message shows a key that is not known: it can be a piece of a secret with a line break.
///
/// @return NULL on success, or an error that names the file, the line and the option. After an error the configuration
/// is unchanged.
/// Owns: nothing. Blocks: while it reads the file and the files that it names. Threads: one at a time; no thread may
/// change the environment meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_config_load_file(
    config: *mut evercred_config,
    path: *const c_char,
) -> *mut evercred_error {
    change(config, |config| {
        // SAFETY: the crate's contract with C.
        let path = unsafe { file_path("path", path) }?;
        config.load_file(&path)
    })
}

/// Sets the options for which an environment variable is set: "EVERCRED_" followed by the option's name in capitals,
/// such as EVERCRED_TENCENT_SECRET_ID. It also reads the variables of Alibaba Cloud's official clients, such as
/// `credentials_type` and `cache_client_region_id`; they mean the same as in a file. EVERCRED_ variables take
/// precedence over them. A variable that begins with "EVERCRED_" and is of no option is named in the log, with the
/// nearest option.
///
/// @return NULL on success, or an error that names the variable. After an error the configuration is unchanged.
/// Owns: nothing. Blocks: while it reads the files that variables name. Threads: one at a time; no thread may change
/// the environment meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_config_load_environment(config: *mut evercred_config) -> *mut evercred_error {
    change(config, |config| {
        config.load_environment(|name| std::env::var_os(name))?;
        // The values are copied too, and wiped by the allocator.
        config.log_unknown_variables(std::env::vars_os().map(|(name, _)| name));
        Ok(())
    })
}

/// Registers a log callback. It receives the messages of `level`, an `EVERCRED_LOG_` number, and of all more severe
/// levels. Without a callback the library logs nothing: it never writes to stdout, to stderr or to a log of the
/// process. No message holds a secret. Register the callback before loading files or the environment: earlier messages
/// are not kept.
///
/// @return NULL on success, or an error. After an error `userdata_free` is not called.
/// Owns: takes `userdata` on success. `userdata_free`, which may be NULL, is called once with it, when nothing uses the
/// callback any more: when the configuration is freed or has another callback, and everything created with it is freed.
/// Blocks: no. Threads: one at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_config_set_log_callback(
    config: *mut evercred_config,
    level: i32,
    callback: evercred_log_callback,
    userdata: *mut c_void,
    userdata_free: evercred_free_callback,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let config = unsafe { required("config", config.cast_const()) }?;
        let level = Level::from_number(level).ok_or_else(|| {
            Error::argument("level", "must be a number from EVERCRED_LOG_ERROR to EVERCRED_LOG_DEBUG")
        })?;
        let function = callback.ok_or_else(|| Error::argument("callback", "must not be NULL"))?;
        let callback = LogCallback { function, userdata: Userdata::new(userdata, userdata_free) };
        let sink = Sink::new(level, move |level, message| callback.write(level, message));
        config.change(|config| {
            config.log = sink;
            Ok(())
        })
    })
}

/// Registers a callback that supplies the login identity, for example from a vault. The identity options
/// (`tencent_identity`, `aliyun_identity`) select it with the value `callback`; with `auto` it comes before a static
/// key. If a role is configured, it is assumed with this identity. The identity is kept fresh like any other: the
/// callback is called again before the key expires and when the cloud rejects the key. A configuration of overrides may
/// have its own callback. Freeing a client waits for a call that still runs.
///
/// @return NULL on success, or an error. After an error `userdata_free` is not called.
/// Owns: takes `userdata` on success, like `evercred_config_set_log_callback`. Blocks: no. Threads: one at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_config_set_identity_callback(
    config: *mut evercred_config,
    callback: evercred_identity_callback,
    userdata: *mut c_void,
    userdata_free: evercred_free_callback,
) -> *mut evercred_error {
    boundary(|| {
        // SAFETY: the crate's contract with C.
        let config = unsafe { required("config", config.cast_const()) }?;
        let function = callback.ok_or_else(|| Error::argument("callback", "must not be NULL"))?;
        let callback = Callback::new(function, Userdata::new(userdata, userdata_free));
        config.change(|config| {
            config.identity_callback = Some(IdentityCallback::new(move || callback.call()));
            Ok(())
        })
    })
}

/// Frees a configuration. Clients and sources that were created with it keep their copies. NULL is ignored.
///
/// Owns: takes `config`. Blocks: no. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evercred_config_free(config: *mut evercred_config) {
    // SAFETY: the crate's contract with C.
    quietly((), || unsafe { free(config) });
}
