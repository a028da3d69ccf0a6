//! The numbers of the API. They are literals, because cbindgen copies only these into the header; a test compares them
//! with the core's.

#![allow(dead_code, reason = "most are used by C only")]

/// No error.
pub const EVERCRED_OK: i32 = 0;
/// An argument is missing, empty, not UTF-8 or otherwise unusable. Correct the call; the message names the argument.
pub const EVERCRED_E_INVALID_ARGUMENT: i32 = 1;
/// No option has this name. The message names the nearest one.
pub const EVERCRED_E_UNKNOWN_OPTION: i32 = 2;
/// The value of an option has the wrong type or is out of range.
pub const EVERCRED_E_INVALID_OPTION: i32 = 3;
/// A requested file cannot be read or parsed.
pub const EVERCRED_E_FILE: i32 = 4;
/// The client is closed.
pub const EVERCRED_E_CLOSED: i32 = 5;
/// The timeout of the call ended before an answer arrived.
pub const EVERCRED_E_TIMEOUT: i32 = 6;
/// The cloud cannot be reached. Check the network, the endpoint and the proxy.
pub const EVERCRED_E_NETWORK: i32 = 7;
/// The server's certificate was not accepted, or there are no root certificates. Check `ca_file`.
pub const EVERCRED_E_TLS: i32 = 8;
/// The cloud reported a temporary failure. The library retries.
pub const EVERCRED_E_SERVICE: i32 = 9;
/// The cloud limits the rate of requests.
pub const EVERCRED_E_THROTTLED: i32 = 10;
/// The cloud refuses the request: not permitted, switched off, no such resource. The message says what to do.
pub const EVERCRED_E_REFUSED: i32 = 11;
/// The login identity is expired or unknown.
pub const EVERCRED_E_IDENTITY: i32 = 12;
/// The signing time was not accepted, even after correction. Set this machine's clock.
pub const EVERCRED_E_CLOCK: i32 = 13;
/// The cloud's answer is malformed. Report it with the request id.
pub const EVERCRED_E_MALFORMED: i32 = 14;
/// Too many forced refreshes in a short time: this one was not made. `evercred_error_retry_after_ms` says when the next
/// one is allowed.
pub const EVERCRED_E_RATE_LIMITED: i32 = 15;
/// No login identity was found. The message says what was tried.
pub const EVERCRED_E_NO_IDENTITY: i32 = 16;
/// This build or system does not support the operation.
pub const EVERCRED_E_UNSUPPORTED: i32 = 17;
/// The process has no thread, file descriptor or memory left. The library retries; raise the limits of the process.
pub const EVERCRED_E_RESOURCES: i32 = 18;
/// A defect in evercred. Report it.
pub const EVERCRED_E_INTERNAL: i32 = 99;

/// Nothing of the request was sent, or the call needed none.
pub const EVERCRED_PROGRESS_NOT_SENT: i32 = 0;
/// The request, or a part of it, was sent; whether the service got it is not known.
pub const EVERCRED_PROGRESS_PERHAPS_SENT: i32 = 1;
/// A server answered: `evercred_error_http_status` is its status.
pub const EVERCRED_PROGRESS_ANSWERED: i32 = 2;

/// The user name and password of a database account or a machine.
pub const EVERCRED_KIND_PASSWORD: i32 = 1;
/// An access key: id, secret, and a session token if it is temporary.
pub const EVERCRED_KIND_ACCESS_KEY: i32 = 2;
/// A whole secret text without a known form: `evercred_credential_secret_value`.
pub const EVERCRED_KIND_TEXT: i32 = 3;
/// Whole secret bytes, decoded: `evercred_credential_secret_value`.
pub const EVERCRED_KIND_BINARY: i32 = 4;

/// There is no value.
pub const EVERCRED_STATE_EMPTY: i32 = 0;
/// The value is good and no refresh is due.
pub const EVERCRED_STATE_FRESH: i32 = 1;
/// The value is good and a refresh is due. Only a status has this state: a credential is FRESH instead.
pub const EVERCRED_STATE_DUE: i32 = 2;
/// The value is still good but about to expire: a refresh is mandatory and has not succeeded yet.
pub const EVERCRED_STATE_MANDATORY: i32 = 3;
/// The value is expired, or overdue if its end is not known. It is returned because the cloud cannot be reached.
pub const EVERCRED_STATE_STALE: i32 = 4;
/// The value is expired, and `max_stale_ms` has passed.
pub const EVERCRED_STATE_ENDED: i32 = 5;
/// The value was reported as rejected, and the cloud has no other one yet.
pub const EVERCRED_STATE_REJECTED: i32 = 6;

/// There is no value.
pub const EVERCRED_ORIGIN_NONE: i32 = 0;
/// The cloud's API.
pub const EVERCRED_ORIGIN_CLOUD: i32 = 1;
/// A fallback password file, because the cloud could not be reached.
pub const EVERCRED_ORIGIN_FALLBACK_FILE: i32 = 2;
/// The configuration.
pub const EVERCRED_ORIGIN_CONFIGURATION: i32 = 3;
/// Environment variables.
pub const EVERCRED_ORIGIN_ENVIRONMENT: i32 = 4;
/// A profile file.
pub const EVERCRED_ORIGIN_PROFILE_FILE: i32 = 5;
/// The machine's metadata service.
pub const EVERCRED_ORIGIN_METADATA: i32 = 6;
/// The cloud's security token service.
pub const EVERCRED_ORIGIN_STS: i32 = 7;
/// The cache file, in which the processes of a host share fetched values.
pub const EVERCRED_ORIGIN_FILE_CACHE: i32 = 8;
/// A program that was run to get it.
pub const EVERCRED_ORIGIN_PROCESS: i32 = 9;
/// A credentials URI.
pub const EVERCRED_ORIGIN_CREDENTIALS_URI: i32 = 10;
/// An identity callback of the host program.
pub const EVERCRED_ORIGIN_CALLBACK: i32 = 11;
/// A client key file.
pub const EVERCRED_ORIGIN_CLIENT_KEY_FILE: i32 = 12;

/// The source has another value. The first value is a change too.
pub const EVERCRED_EVENT_CHANGED: i32 = 1;
/// A refresh failed; `evercred_event_error` says why. The held value stays in use as long as allowed.
pub const EVERCRED_EVENT_REFRESH_FAILED: i32 = 2;
/// The value was reported as rejected, and the library asks for another one.
pub const EVERCRED_EVENT_REJECTED: i32 = 3;
/// The service still returns the old value 15 minutes after it should have rotated it. Sent once per rotation.
pub const EVERCRED_EVENT_ROTATION_OVERDUE: i32 = 4;
/// A certificate of a CA file is about to expire; `evercred_event_error` says which. Sent once a day, and when a
/// subscription to the whole client is opened.
pub const EVERCRED_EVENT_CA_EXPIRING: i32 = 5;
/// A refresh succeeded after failed ones.
pub const EVERCRED_EVENT_RECOVERED: i32 = 6;
/// The value is expired, `max_stale_ms` has passed, and there is no other value.
pub const EVERCRED_EVENT_ENDED: i32 = 7;
/// The service stands by a value that was reported as rejected: it still returned the same one `rejected_settle_ms`
/// after the report. The value stays REJECTED until another one comes, which is looked for more rarely from now on.
pub const EVERCRED_EVENT_RECONFIRMED: i32 = 8;
/// A refresh that somebody asked for (`evercred_source_refresh`) or waited for (`evercred_source_try_get`) succeeded
/// with the same value.
pub const EVERCRED_EVENT_REFRESHED: i32 = 9;
/// A fetch that a caller of `evercred_source_try_get` waits for has not ended within `refresh_wait_ms`: from now on
/// `evercred_source_try_get` returns the held value. Not sent in lazy mode.
pub const EVERCRED_EVENT_WAIT_ENDED: i32 = 10;

/// One JSON object.
pub const EVERCRED_REPORT_JSON: i32 = 1;
/// The Prometheus text format.
pub const EVERCRED_REPORT_PROMETHEUS: i32 = 2;

/// A problem that needs a person.
pub const EVERCRED_LOG_ERROR: i32 = 1;
/// A problem that the library handles.
pub const EVERCRED_LOG_WARN: i32 = 2;
/// A notable change.
pub const EVERCRED_LOG_INFO: i32 = 3;
/// Every answer of the cloud, and refreshes that changed nothing.
pub const EVERCRED_LOG_DEBUG: i32 = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use evercred_core::cache::EventKind;
    use evercred_core::cache::policy::State;
    use evercred_core::client::Format;
    use evercred_core::error::{Code, Progress};
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
            [Progress::NotSent, Progress::PerhapsSent, Progress::Answered].map(Progress::number),
            [EVERCRED_PROGRESS_NOT_SENT, EVERCRED_PROGRESS_PERHAPS_SENT, EVERCRED_PROGRESS_ANSWERED]
        );
        assert_eq!(
            [Kind::Database, Kind::AccessKey, Kind::Text, Kind::Binary].map(|kind| kind as i32),
            [EVERCRED_KIND_PASSWORD, EVERCRED_KIND_ACCESS_KEY, EVERCRED_KIND_TEXT, EVERCRED_KIND_BINARY]
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
                EVERCRED_EVENT_RECONFIRMED,
                EVERCRED_EVENT_REFRESHED,
                EVERCRED_EVENT_WAIT_ENDED,
            ]
        );
        assert_eq!(Format::from_number(EVERCRED_REPORT_JSON), Some(Format::Json));
        assert_eq!(Format::from_number(EVERCRED_REPORT_PROMETHEUS), Some(Format::Prometheus));
        assert_eq!(Level::Error as i32, EVERCRED_LOG_ERROR);
        assert_eq!(Level::Debug as i32, EVERCRED_LOG_DEBUG);
        assert_eq!([Level::Warn as i32, Level::Info as i32], [EVERCRED_LOG_WARN, EVERCRED_LOG_INFO]);
    }
}
