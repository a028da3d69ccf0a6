//! Numbers of the contract. Literals, so that cbindgen puts them into the header; a test compares them with the core's.

#![allow(dead_code, reason = "most are for C only")]

/// No error.
pub const EVERCRED_OK: i32 = 0;
/// An argument is missing, empty, not UTF-8 or otherwise unusable. Mend the call; the message names the argument.
pub const EVERCRED_E_INVALID_ARGUMENT: i32 = 1;
/// No option has this name. The message names the nearest one.
pub const EVERCRED_E_UNKNOWN_OPTION: i32 = 2;
/// An option's value is not of its type or range.
pub const EVERCRED_E_INVALID_OPTION: i32 = 3;
/// A file that was asked for cannot be read or understood.
pub const EVERCRED_E_FILE: i32 = 4;
/// The client was closed.
pub const EVERCRED_E_CLOSED: i32 = 5;
/// The caller's time ran out before an answer came.
pub const EVERCRED_E_TIMEOUT: i32 = 6;
/// The cloud could not be reached. Check network, endpoint and proxy.
pub const EVERCRED_E_NETWORK: i32 = 7;
/// The server's certificate was not accepted, or there are no root certificates. Check `ca_file`.
pub const EVERCRED_E_TLS: i32 = 8;
/// The cloud answered with a passing failure. It is tried again.
pub const EVERCRED_E_SERVICE: i32 = 9;
/// The cloud asked to be left alone for a while.
pub const EVERCRED_E_THROTTLED: i32 = 10;
/// The cloud refuses: not permitted, switched off, no such resource. The message says what to do.
pub const EVERCRED_E_REFUSED: i32 = 11;
/// The login identity is expired or unknown.
pub const EVERCRED_E_IDENTITY: i32 = 12;
/// The signing time was not accepted, although it was corrected. Set this machine's clock.
pub const EVERCRED_E_CLOCK: i32 = 13;
/// The cloud's answer could not be understood. Report it with the request id.
pub const EVERCRED_E_MALFORMED: i32 = 14;
/// Too many forced refreshes lately: this one was not made. `evercred_error_retry_after_ms` says when the next may be.
pub const EVERCRED_E_RATE_LIMITED: i32 = 15;
/// No login identity was found. The message says what was tried.
pub const EVERCRED_E_NO_IDENTITY: i32 = 16;
/// This build or system cannot do it.
pub const EVERCRED_E_UNSUPPORTED: i32 = 17;
/// A defect of evercred itself. Report it.
pub const EVERCRED_E_INTERNAL: i32 = 99;

/// The user name and password of a database account or a machine.
pub const EVERCRED_KIND_DATABASE: i32 = 1;
/// An access key: id, secret, perhaps a session token.
pub const EVERCRED_KIND_ACCESS_KEY: i32 = 2;
/// A secret text of no form that is known here, whole: `evercred_credential_secret_value`.
pub const EVERCRED_KIND_TEXT: i32 = 3;
/// Secret bytes, whole and decoded: `evercred_credential_secret_value`.
pub const EVERCRED_KIND_BINARY: i32 = 4;

/// No value is held.
pub const EVERCRED_STATE_EMPTY: i32 = 0;
/// The value is in its prime.
pub const EVERCRED_STATE_FRESH: i32 = 1;
/// A refresh is due; the value is good. A credential is handed out as FRESH then; the status tells the two apart.
pub const EVERCRED_STATE_DUE: i32 = 2;
/// The value is about to end and could not be refreshed yet; it is still good.
pub const EVERCRED_STATE_MANDATORY: i32 = 3;
/// The value is past its end, or overdue with no end known, and handed out since the cloud cannot be reached.
pub const EVERCRED_STATE_STALE: i32 = 4;
/// The value is past its end and past `max_stale_ms`.
pub const EVERCRED_STATE_ENDED: i32 = 5;
/// The value was reported as refused, and the cloud has no other one yet.
pub const EVERCRED_STATE_REJECTED: i32 = 6;

/// From nowhere yet.
pub const EVERCRED_ORIGIN_NONE: i32 = 0;
/// From the cloud's API.
pub const EVERCRED_ORIGIN_CLOUD: i32 = 1;
/// From a fallback password file, since the cloud could not be reached.
pub const EVERCRED_ORIGIN_FALLBACK_FILE: i32 = 2;
/// From the configuration.
pub const EVERCRED_ORIGIN_CONFIGURATION: i32 = 3;
/// From environment variables.
pub const EVERCRED_ORIGIN_ENVIRONMENT: i32 = 4;
/// From a profile file.
pub const EVERCRED_ORIGIN_PROFILE_FILE: i32 = 5;
/// From the machine's metadata service.
pub const EVERCRED_ORIGIN_METADATA: i32 = 6;
/// From the cloud's security token service.
pub const EVERCRED_ORIGIN_STS: i32 = 7;
/// From the file in which the processes of a host share what one of them fetched.
pub const EVERCRED_ORIGIN_FILE_CACHE: i32 = 8;
/// From a program that was run for it.
pub const EVERCRED_ORIGIN_PROCESS: i32 = 9;
/// From a credentials URI.
pub const EVERCRED_ORIGIN_CREDENTIALS_URI: i32 = 10;
/// From a function of the host program.
pub const EVERCRED_ORIGIN_CALLBACK: i32 = 11;
/// From the file of a client key.
pub const EVERCRED_ORIGIN_CLIENT_KEY_FILE: i32 = 12;

/// Another value is handed out from now on; the first one counts as well.
pub const EVERCRED_EVENT_CHANGED: i32 = 1;
/// A refresh failed; `evercred_event_error` says why. What is held stays in use as long as it may.
pub const EVERCRED_EVENT_REFRESH_FAILED: i32 = 2;
/// The value was reported as refused, and another one is asked for.
pub const EVERCRED_EVENT_REJECTED: i32 = 3;
/// The service should have rotated the value a quarter of an hour ago and still hands out the old one. Once a rotation.
pub const EVERCRED_EVENT_ROTATION_OVERDUE: i32 = 4;
/// A certificate of a CA file is about to end; `evercred_event_error` says which. Once a day, and when a subscription to
/// the whole client is opened.
pub const EVERCRED_EVENT_CA_EXPIRING: i32 = 5;
/// A refresh succeeded after failed ones.
pub const EVERCRED_EVENT_RECOVERED: i32 = 6;
/// The value is past its end and past `max_stale_ms`, and there is no other one.
pub const EVERCRED_EVENT_ENDED: i32 = 7;

/// One JSON object.
pub const EVERCRED_REPORT_JSON: i32 = 1;
/// Prometheus' text form.
pub const EVERCRED_REPORT_PROMETHEUS: i32 = 2;

/// Something that a person should look at.
pub const EVERCRED_LOG_ERROR: i32 = 1;
/// Something that went wrong and is being dealt with.
pub const EVERCRED_LOG_WARN: i32 = 2;
/// A change worth knowing.
pub const EVERCRED_LOG_INFO: i32 = 3;
/// Every answer of the cloud, and refreshes that changed nothing.
pub const EVERCRED_LOG_DEBUG: i32 = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use evercred_core::cache::EventKind;
    use evercred_core::cache::policy::State;
    use evercred_core::client::Format;
    use evercred_core::error::Code;
    use evercred_core::log::Level;
    use evercred_core::providers::{Kind, Origin};

    #[test]
    fn the_numbers_are_the_cores() {
        let source = include_str!("constants.rs");
        for code in Code::ALL {
            let line = format!("pub const {}: i32 = {};", code.name(), code.number());
            assert!(source.contains(&line), "{line}");
        }
        assert_eq!(source.matches("\npub const EVERCRED_E_").count(), Code::ALL.len());
        assert_eq!(
            [Kind::Database, Kind::AccessKey, Kind::Text, Kind::Binary].map(|kind| kind as i32),
            [EVERCRED_KIND_DATABASE, EVERCRED_KIND_ACCESS_KEY, EVERCRED_KIND_TEXT, EVERCRED_KIND_BINARY]
        );
        assert_eq!(
            [State::Empty, State::Fresh, State::Due, State::Mandatory, State::Stale, State::Ended, State::Rejected]
                .map(|state| state as i32),
            [
                EVERCRED_STATE_EMPTY,
                EVERCRED_STATE_FRESH,
                EVERCRED_STATE_DUE,
                EVERCRED_STATE_MANDATORY,
                EVERCRED_STATE_STALE,
                EVERCRED_STATE_ENDED,
                EVERCRED_STATE_REJECTED,
            ]
        );
        assert_eq!(
            [
                Origin::None,
                Origin::Cloud,
                Origin::FallbackFile,
                Origin::Configuration,
                Origin::Environment,
                Origin::ProfileFile,
                Origin::Metadata,
                Origin::Sts,
                Origin::FileCache,
                Origin::Process,
                Origin::CredentialsUri,
                Origin::Callback,
                Origin::ClientKeyFile,
            ]
            .map(|origin| origin as i32),
            [
                EVERCRED_ORIGIN_NONE,
                EVERCRED_ORIGIN_CLOUD,
                EVERCRED_ORIGIN_FALLBACK_FILE,
                EVERCRED_ORIGIN_CONFIGURATION,
                EVERCRED_ORIGIN_ENVIRONMENT,
                EVERCRED_ORIGIN_PROFILE_FILE,
                EVERCRED_ORIGIN_METADATA,
                EVERCRED_ORIGIN_STS,
                EVERCRED_ORIGIN_FILE_CACHE,
                EVERCRED_ORIGIN_PROCESS,
                EVERCRED_ORIGIN_CREDENTIALS_URI,
                EVERCRED_ORIGIN_CALLBACK,
                EVERCRED_ORIGIN_CLIENT_KEY_FILE,
            ]
        );
        assert_eq!(
            EventKind::ALL.map(|kind| kind as i32),
            [
                EVERCRED_EVENT_CHANGED,
                EVERCRED_EVENT_REFRESH_FAILED,
                EVERCRED_EVENT_REJECTED,
                EVERCRED_EVENT_ROTATION_OVERDUE,
                EVERCRED_EVENT_CA_EXPIRING,
                EVERCRED_EVENT_RECOVERED,
                EVERCRED_EVENT_ENDED,
            ]
        );
        assert_eq!(Format::from_number(EVERCRED_REPORT_JSON), Some(Format::Json));
        assert_eq!(Format::from_number(EVERCRED_REPORT_PROMETHEUS), Some(Format::Prometheus));
        assert_eq!(Level::Error as i32, EVERCRED_LOG_ERROR);
        assert_eq!(Level::Debug as i32, EVERCRED_LOG_DEBUG);
        assert_eq!([Level::Warn as i32, Level::Info as i32], [EVERCRED_LOG_WARN, EVERCRED_LOG_INFO]);
    }
}
