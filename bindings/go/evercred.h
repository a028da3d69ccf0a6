/* evercred: cloud credentials that are always fresh.
 *
 * Every fallible function returns NULL on success, or an error that the caller owns and frees. No argument is
 * consumed. Out arguments come last and are NULL after an error. Destructors and accessors accept NULL.
 * Text arguments are NUL-terminated UTF-8 and are copied. Returned texts belong to the handle that they come from.
 * Times are in milliseconds. A negative timeout means the option total_timeout_ms.
 *
 * Generated from src/ by `make header`. SPDX-License-Identifier: Apache-2.0 */

#ifndef EVERCRED_H
#define EVERCRED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVERCRED_VERSION "0.1.0"
#define EVERCRED_VERSION_MAJOR 0
#define EVERCRED_VERSION_MINOR 1
#define EVERCRED_VERSION_PATCH 0
#define EVERCRED_ABI_VERSION 0

#ifndef EVERCRED_API
#if defined(__GNUC__)
#define EVERCRED_API __attribute__((visibility("default")))
#else
#define EVERCRED_API
#endif
#endif

/* An ignored error leaks. */
#if defined(__GNUC__)
#define EVERCRED_MUST_USE __attribute__((warn_unused_result))
#else
#define EVERCRED_MUST_USE
#endif


/**
 * No error.
 */
#define EVERCRED_OK 0

/**
 * An argument is missing, empty, not UTF-8 or otherwise unusable. Correct the call; the message names the argument.
 */
#define EVERCRED_E_INVALID_ARGUMENT 1

/**
 * No option has this name. The message names the nearest one.
 */
#define EVERCRED_E_UNKNOWN_OPTION 2

/**
 * The value of an option has the wrong type or is out of range.
 */
#define EVERCRED_E_INVALID_OPTION 3

/**
 * A requested file cannot be read or parsed.
 */
#define EVERCRED_E_FILE 4

/**
 * The client is closed.
 */
#define EVERCRED_E_CLOSED 5

/**
 * The timeout of the call ended before an answer arrived.
 */
#define EVERCRED_E_TIMEOUT 6

/**
 * The cloud cannot be reached. Check the network, the endpoint and the proxy.
 */
#define EVERCRED_E_NETWORK 7

/**
 * The server's certificate was not accepted, or there are no root certificates. Check `ca_file`.
 */
#define EVERCRED_E_TLS 8

/**
 * The cloud reported a temporary failure. The library retries.
 */
#define EVERCRED_E_SERVICE 9

/**
 * The cloud limits the rate of requests.
 */
#define EVERCRED_E_THROTTLED 10

/**
 * The cloud refuses the request: not permitted, switched off, no such resource. The message says what to do.
 */
#define EVERCRED_E_REFUSED 11

/**
 * The login identity is expired or unknown.
 */
#define EVERCRED_E_IDENTITY 12

/**
 * The signing time was not accepted, even after correction. Set this machine's clock.
 */
#define EVERCRED_E_CLOCK 13

/**
 * The cloud's answer is malformed. Report it with the request id.
 */
#define EVERCRED_E_MALFORMED 14

/**
 * Too many forced refreshes in a short time: this one was not made. `evercred_error_retry_after_ms` says when the next
 * one is allowed.
 */
#define EVERCRED_E_RATE_LIMITED 15

/**
 * No login identity was found. The message says what was tried.
 */
#define EVERCRED_E_NO_IDENTITY 16

/**
 * This build or system does not support the operation.
 */
#define EVERCRED_E_UNSUPPORTED 17

/**
 * The process has no thread, file descriptor or memory left. The library retries; raise the limits of the process.
 */
#define EVERCRED_E_RESOURCES 18

/**
 * A defect in evercred. Report it.
 */
#define EVERCRED_E_INTERNAL 99

/**
 * Nothing of the request was sent, or the call needed none.
 */
#define EVERCRED_PROGRESS_NOT_SENT 0

/**
 * The request, or a part of it, was sent; whether the service got it is not known.
 */
#define EVERCRED_PROGRESS_PERHAPS_SENT 1

/**
 * A server answered: `evercred_error_http_status` is its status.
 */
#define EVERCRED_PROGRESS_ANSWERED 2

/**
 * The user name and password of a database account or a machine.
 */
#define EVERCRED_KIND_PASSWORD 1

/**
 * An access key: id, secret, and a session token if it is temporary.
 */
#define EVERCRED_KIND_ACCESS_KEY 2

/**
 * A whole secret text without a known form: `evercred_credential_secret_value`.
 */
#define EVERCRED_KIND_TEXT 3

/**
 * Whole secret bytes, decoded: `evercred_credential_secret_value`.
 */
#define EVERCRED_KIND_BINARY 4

/**
 * There is no value.
 */
#define EVERCRED_STATE_EMPTY 0

/**
 * The value is good and no refresh is due.
 */
#define EVERCRED_STATE_FRESH 1

/**
 * The value is good and a refresh is due. Only a status has this state: a credential is FRESH instead.
 */
#define EVERCRED_STATE_DUE 2

/**
 * The value is still good but about to expire: a refresh is mandatory and has not succeeded yet.
 */
#define EVERCRED_STATE_MANDATORY 3

/**
 * The value is expired, or overdue if its end is not known. It is returned because the cloud cannot be reached.
 */
#define EVERCRED_STATE_STALE 4

/**
 * The value is expired, and `max_stale_ms` has passed.
 */
#define EVERCRED_STATE_ENDED 5

/**
 * The value was reported as rejected, and the cloud has no other one yet.
 */
#define EVERCRED_STATE_REJECTED 6

/**
 * There is no value.
 */
#define EVERCRED_ORIGIN_NONE 0

/**
 * The cloud's API.
 */
#define EVERCRED_ORIGIN_CLOUD 1

/**
 * A fallback password file, because the cloud could not be reached.
 */
#define EVERCRED_ORIGIN_FALLBACK_FILE 2

/**
 * The configuration.
 */
#define EVERCRED_ORIGIN_CONFIGURATION 3

/**
 * Environment variables.
 */
#define EVERCRED_ORIGIN_ENVIRONMENT 4

/**
 * A profile file.
 */
#define EVERCRED_ORIGIN_PROFILE_FILE 5

/**
 * The machine's metadata service.
 */
#define EVERCRED_ORIGIN_METADATA 6

/**
 * The cloud's security token service.
 */
#define EVERCRED_ORIGIN_STS 7

/**
 * The cache file, in which the processes of a host share fetched values.
 */
#define EVERCRED_ORIGIN_FILE_CACHE 8

/**
 * A program that was run to get it.
 */
#define EVERCRED_ORIGIN_PROCESS 9

/**
 * A credentials URI.
 */
#define EVERCRED_ORIGIN_CREDENTIALS_URI 10

/**
 * An identity callback of the host program.
 */
#define EVERCRED_ORIGIN_CALLBACK 11

/**
 * A client key file.
 */
#define EVERCRED_ORIGIN_CLIENT_KEY_FILE 12

/**
 * The source has another value. The first value is a change too.
 */
#define EVERCRED_EVENT_CHANGED 1

/**
 * A refresh failed; `evercred_event_error` says why. The held value stays in use as long as allowed.
 */
#define EVERCRED_EVENT_REFRESH_FAILED 2

/**
 * The value was reported as rejected, and the library asks for another one.
 */
#define EVERCRED_EVENT_REJECTED 3

/**
 * The service still returns the old value 15 minutes after it should have rotated it. Sent once per rotation.
 */
#define EVERCRED_EVENT_ROTATION_OVERDUE 4

/**
 * A certificate of a CA file is about to expire; `evercred_event_error` says which. Sent once a day, and when a
 * subscription to the whole client is opened.
 */
#define EVERCRED_EVENT_CA_EXPIRING 5

/**
 * A refresh succeeded after failed ones.
 */
#define EVERCRED_EVENT_RECOVERED 6

/**
 * The value is expired, `max_stale_ms` has passed, and there is no other value.
 */
#define EVERCRED_EVENT_ENDED 7

/**
 * The service stands by a value that was reported as rejected: it still returned the same one `rejected_settle_ms`
 * after the report. The value stays REJECTED until another one comes, which is looked for more rarely from now on.
 */
#define EVERCRED_EVENT_RECONFIRMED 8

/**
 * A refresh that somebody asked for (`evercred_source_refresh`) or waited for (`evercred_source_try_get`) succeeded
 * with the same value.
 */
#define EVERCRED_EVENT_REFRESHED 9

/**
 * A fetch that a caller of `evercred_source_try_get` waits for has not ended within `refresh_wait_ms`: from now on
 * `evercred_source_try_get` returns the held value. Not sent in lazy mode.
 */
#define EVERCRED_EVENT_WAIT_ENDED 10

/**
 * One JSON object.
 */
#define EVERCRED_REPORT_JSON 1

/**
 * The Prometheus text format.
 */
#define EVERCRED_REPORT_PROMETHEUS 2

/**
 * A problem that needs a person.
 */
#define EVERCRED_LOG_ERROR 1

/**
 * A problem that the library handles.
 */
#define EVERCRED_LOG_WARN 2

/**
 * A notable change.
 */
#define EVERCRED_LOG_INFO 3

/**
 * Every answer of the cloud, and refreshes that changed nothing.
 */
#define EVERCRED_LOG_DEBUG 4

/**
 * A client: a configuration, the sources that are opened with it, and at most one background thread for all of them.
 * [thread-safe]
 */
typedef struct evercred_client evercred_client;

/**
 * The options and callbacks of a client or a source. `docs/CONFIGURATION.md` lists the options. An option that is not
 * set has its default.
 * [one thread at a time]
 */
typedef struct evercred_config evercred_config;

/**
 * A snapshot of a source's value. A rotation makes a new credential and changes no existing one.
 * [immutable]
 */
typedef struct evercred_credential evercred_credential;

/**
 * The error of a failed call. Each error is a separate object, so threads and goroutines cannot confuse their errors.
 * It holds no secret.
 * [immutable]
 */
typedef struct evercred_error evercred_error;

/**
 * Something that happened to a source or a client. It holds no secret.
 * [immutable]
 */
typedef struct evercred_event evercred_event;

/**
 * The result of an identity callback, which the callback fills in. It is valid only during the call: the callback
 * neither keeps nor frees it.
 * [one thread at a time]
 */
typedef struct evercred_identity evercred_identity;

/**
 * A report on all sources of a client.
 * [immutable]
 */
typedef struct evercred_report evercred_report;

/**
 * A value that is kept fresh, such as the password of a database account or a managed secret. Sources of the same
 * thing with the same options share one value.
 * [thread-safe]
 */
typedef struct evercred_source evercred_source;

/**
 * The status of a source at one moment.
 * [immutable]
 */
typedef struct evercred_status evercred_status;

/**
 * The events of a client's sources, in the order in which they happened. The library does not call the program: the
 * program fetches events or polls a descriptor. At most 256 events wait to be fetched. After that the oldest ones are
 * dropped, and the next event says how many. A forked child opens its own subscription.
 * [one thread at a time]
 */
typedef struct evercred_subscription evercred_subscription;

/**
 * Receives a log message. `userdata` is the pointer that was registered with the callback. `level` is an
 * `EVERCRED_LOG_` number. `message` is a NUL-terminated UTF-8 text of `message_len` bytes; it is valid only during the
 * call. The callback runs on a thread of the library or of a caller, with no lock held; several threads may call it at
 * the same time. It may call accessors, but nothing that blocks. It must return: no `longjmp`, no C++ exception.
 */
typedef void (*evercred_log_callback)(void *userdata, int32_t level, const char *message, size_t message_len);

/**
 * Frees a `userdata`. It is called once, when the callback that used the `userdata` is no longer needed, on the thread
 * that used it last.
 */
typedef void (*evercred_free_callback)(void *userdata);

/**
 * Supplies a login identity. The callback calls `evercred_identity_set_key` or `evercred_identity_set_error` and
 * returns. If it makes several such calls, the last one counts. `userdata` is the pointer that was registered with the
 * callback. The callback runs on a thread of the library that is created for this call, with no lock held. It is never
 * called twice at the same time for one identity; two clients, or the two clouds of one client, may call it at the
 * same time. It may block: callers stop waiting at `total_timeout_ms`, and a late result serves the next fetch. It may
 * call this library, but should not request a credential that depends on this very call: that request ends with
 * TIMEOUT. It must return: no `longjmp`, no C++ exception.
 */
typedef void (*evercred_identity_callback)(void *userdata, evercred_identity *identity);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Creates a client. `config` is copied; NULL means that every option has its default. No request is sent and no thread
 * is started before a source needs one, with one exception: the fetches of the secrets that the option `secret_names`
 * lists start immediately.
 *
 * @return NULL on success, or an error that names the option that cannot be used.
 * Owns: the caller owns `*client_out` and frees it with `evercred_client_free`. Blocks: while it reads the files that
 * options name. Threads: any, but only one at a time uses `config`.
 */
EVERCRED_API EVERCRED_MUST_USE evercred_error *evercred_client_new(const evercred_config *config, evercred_client **client_out);

/**
 * Reports on every open source, including login identities: state, expiry, next refresh, failures and last error.
 * `format` is an `EVERCRED_REPORT_` number. The report holds no secret.
 *
 * @return NULL on success, or an error.
 * Owns: the caller owns `*report_out` and frees it with `evercred_report_free`. Blocks: no. Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_client_report(const evercred_client *client,
                                       int32_t format,
                                       evercred_report **report_out);

/**
 * Stops all work. Calls that wait return CLOSED immediately, and so does every later call that opens a source or asks
 * for a value. When it returns, no callback of the client starts any more; one that has started may still run. Existing
 * credentials, statuses and reports stay readable. Closing a closed client has no effect. NULL is ignored.
 *
 * Owns: nothing. Blocks: at most 1 second, until the background thread ends; with `cache_file`, at most 2 seconds more,
 * until the fetched values are in that file. Threads: any, also while other threads are in calls.
 */
EVERCRED_API void evercred_client_close(evercred_client *client);

/**
 * Closes a client and frees it. Its sources that are not freed yet return CLOSED. When it returns, no callback of the
 * client runs, except one that calls it: a callback may free its own client. NULL is ignored.
 *
 * Owns: takes `client`. Blocks: like `evercred_client_close`, and until the callbacks that still run have returned: do
 * not hold a lock that one of them waits for. Threads: any.
 */
EVERCRED_API void evercred_client_free(evercred_client *client);

/**
 * Creates a configuration in which no option is set.
 *
 * @return NULL on success, or an error.
 * Owns: the caller owns `*config_out` and frees it with `evercred_config_free`. Blocks: no. Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE evercred_error *evercred_config_new(evercred_config **config_out);

/**
 * Sets an option, such as "tencent_secret_id". An empty value resets the option to its default. Key and value are
 * copied.
 *
 * @return NULL on success, or an error. UNKNOWN_OPTION names the nearest option, not the key. INVALID_OPTION says which values the
 * option accepts. After an error the configuration is unchanged.
 * Owns: nothing. Blocks: no. Threads: one at a time.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_config_set(evercred_config *config,
                                    const char *key,
                                    const char *value);

/**
 * Sets the options that a file contains, in lines `option = value`. A `#` at the start of a line or after white space
 * starts a comment. The files of Alibaba Cloud's official clients are read as they are: a file is one if it is named
 * "managed_credentials_providers.properties" or "secretsmanager.properties", or contains a key such as
 * `credentials_type`. Its keys set options of evercred; the option "config_generation" selects their meaning. Its
 * login identity replaces the one that was set before. Its regions and secret names are added to those that were set
 * before. Options of evercred in the same file take precedence. Lines with a key that has no meaning
 * are named in the log. No message shows a key that is not known: it can be a piece of a secret with a line break.
 *
 * @return NULL on success, or an error that names the file, the line and the option. After an error the configuration
 * is unchanged.
 * Owns: nothing. Blocks: while it reads the file and the files that it names. Threads: one at a time; no thread may
 * change the environment meanwhile.
 */
EVERCRED_API EVERCRED_MUST_USE evercred_error *evercred_config_load_file(evercred_config *config, const char *path);

/**
 * Sets the options for which an environment variable is set: "EVERCRED_" followed by the option's name in capitals,
 * such as EVERCRED_TENCENT_SECRET_ID. It also reads the variables of Alibaba Cloud's official clients, such as
 * `credentials_type` and `cache_client_region_id`; they mean the same as in a file. EVERCRED_ variables take
 * precedence over them. A variable that begins with "EVERCRED_" and is of no option is named in the log, with the
 * nearest option.
 *
 * @return NULL on success, or an error that names the variable. After an error the configuration is unchanged.
 * Owns: nothing. Blocks: while it reads the files that variables name. Threads: one at a time; no thread may change
 * the environment meanwhile.
 */
EVERCRED_API EVERCRED_MUST_USE evercred_error *evercred_config_load_environment(evercred_config *config);

/**
 * Registers a log callback. It receives the messages of `level`, an `EVERCRED_LOG_` number, and of all more severe
 * levels. Without a callback the library logs nothing: it never writes to stdout, to stderr or to a log of the
 * process. No message holds a secret. Register the callback before loading files or the environment: earlier messages
 * are not kept.
 *
 * @return NULL on success, or an error. After an error `userdata_free` is not called.
 * Owns: takes `userdata` on success. `userdata_free`, which may be NULL, is called once with it, when nothing uses the
 * callback any more: when the configuration is freed or has another callback, and everything created with it is freed.
 * Blocks: no. Threads: one at a time.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_config_set_log_callback(evercred_config *config,
                                                 int32_t level,
                                                 evercred_log_callback callback,
                                                 void *userdata,
                                                 evercred_free_callback userdata_free);

/**
 * Registers a callback that supplies the login identity, for example from a vault. The identity options
 * (`tencent_identity`, `aliyun_identity`) select it with the value `callback`; with `auto` it comes before a static
 * key. If a role is configured, it is assumed with this identity. The identity is kept fresh like any other: the
 * callback is called again before the key expires and when the cloud rejects the key. A configuration of overrides may
 * have its own callback. Freeing a client waits for a call that still runs.
 *
 * @return NULL on success, or an error. After an error `userdata_free` is not called.
 * Owns: takes `userdata` on success, like `evercred_config_set_log_callback`. Blocks: no. Threads: one at a time.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_config_set_identity_callback(evercred_config *config,
                                                      evercred_identity_callback callback,
                                                      void *userdata,
                                                      evercred_free_callback userdata_free);

/**
 * Frees a configuration. Clients and sources that were created with it keep their copies. NULL is ignored.
 *
 * Owns: takes `config`. Blocks: no. Threads: any.
 */
EVERCRED_API void evercred_config_free(evercred_config *config);

/**
 * The kind of the value: an `EVERCRED_KIND_` number.
 *
 * @return the number; 0 for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int32_t evercred_credential_kind(const evercred_credential *credential);

/**
 * The user name to log in with. If `len_out` is not NULL, `*len_out` is set to the length in bytes.
 *
 * @return a NUL-terminated UTF-8 text that is valid as long as the credential; "" if the credential has none, and for
 * NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_credential_username(const evercred_credential *credential, size_t *len_out);

/**
 * The password to log in with. The official Tencent SDK calls it the authentication token.
 *
 * @return like `evercred_credential_username`. The text is a secret. It is wiped when the last handle is freed; do not
 * keep copies.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_credential_password(const evercred_credential *credential, size_t *len_out);

/**
 * The id of the access key.
 *
 * @return like `evercred_credential_username`.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_credential_access_key_id(const evercred_credential *credential, size_t *len_out);

/**
 * The secret of the access key.
 *
 * @return like `evercred_credential_password`.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_credential_access_key_secret(const evercred_credential *credential, size_t *len_out);

/**
 * The session token of a temporary access key.
 *
 * @return like `evercred_credential_password`.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_credential_security_token(const evercred_credential *credential, size_t *len_out);

/**
 * The decoded value of a secret of kind TEXT or BINARY, or of an access key that is stored in a generic secret. Bytes
 * and texts may contain NULs: use the length.
 *
 * @return bytes followed by a NUL that the length does not count, valid as long as the credential; "" for a secret
 * whose type is known, whose parts have their own functions, and for NULL. The value is a secret, like
 * `evercred_credential_password`.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_credential_secret_value(const evercred_credential *credential, size_t *len_out);

/**
 * The service's id of this version of the secret.
 *
 * @return like `evercred_credential_username`.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_credential_version_id(const evercred_credential *credential, size_t *len_out);

/**
 * The source's generation to which this credential belongs. It grows with every change. It is not a secret.
 *
 * @return the number; 0 for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API uint64_t evercred_credential_generation(const evercred_credential *credential);

/**
 * Where the value came from: an `EVERCRED_ORIGIN_` number.
 *
 * @return the number; `EVERCRED_ORIGIN_NONE` for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int32_t evercred_credential_origin(const evercred_credential *credential);

/**
 * The state of the value when this credential was returned: an `EVERCRED_STATE_` number. It never changes. For the
 * present state use `evercred_credential_is_current` and `evercred_source_status`.
 *
 * @return the number; `EVERCRED_STATE_EMPTY` for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int32_t evercred_credential_state(const evercred_credential *credential);

/**
 * When the value expires, in milliseconds since 1970 by this machine's wall clock. It can end earlier: an administrator
 * can reset a password (`cdb.ResetPassword`, `postgres.RefreshAccountPassword`) or delete a key at any time, which the
 * next poll finds (option `poll_interval_ms`), or at once a report of the rejected credential.
 *
 * @return the time; 0 if the cloud does not say, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_credential_expires_at_ms(const evercred_credential *credential);

/**
 * When the renewal of the value is due, in milliseconds since 1970 by this machine's wall clock.
 *
 * @return the time; 0 if it is renewed only on request, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_credential_renew_at_ms(const evercred_credential *credential);

/**
 * Whether `evercred_source_get` would return this credential again without waiting. The check is one comparison in
 * memory.
 *
 * @return the answer; false if no thread watches the source (see `evercred_source_generation_address`), and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API bool evercred_credential_is_current(const evercred_credential *credential);

/**
 * Frees a credential. Its secrets are wiped when nothing else uses them; the source uses those that it returned last
 * until it returns others, is closed or freed. NULL is ignored.
 *
 * Owns: takes `credential`. Blocks: no. Threads: any.
 */
EVERCRED_API void evercred_credential_free(evercred_credential *credential);

/**
 * The error code: an `EVERCRED_E_` number.
 *
 * @return the number; `EVERCRED_OK` for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int32_t evercred_error_code(const evercred_error *error);

/**
 * What went wrong and what to do about it, in English, for a person. If `len_out` is not NULL, `*len_out` is set to
 * the length in bytes.
 *
 * @return a NUL-terminated UTF-8 text that is valid as long as the error; "" for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_error_message(const evercred_error *error, size_t *len_out);

/**
 * The cloud's own error code, such as "AuthFailure.SecretIdNotFound". If `len_out` is not NULL, `*len_out` is set to
 * the length in bytes.
 *
 * @return a text that is valid as long as the error; "" if the cloud sent none, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_error_provider_code(const evercred_error *error, size_t *len_out);

/**
 * The cloud's id of the failed request. The cloud's support finds the request by it. If `len_out` is not NULL,
 * `*len_out` is set to the length in bytes.
 *
 * @return a text that is valid as long as the error; "" if the cloud sent none, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_error_request_id(const evercred_error *error, size_t *len_out);

/**
 * Whether retrying later can succeed without user action.
 *
 * @return the answer; false for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API bool evercred_error_is_retryable(const evercred_error *error);

/**
 * Whether the user must be notified, as the official Tencent SDK defines it: the provider code begins with
 * "AuthFailure." or is "ResourceNotFound.DataFlowAuthClose".
 *
 * @return the answer; false for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API bool evercred_error_is_user_notification_required(const evercred_error *error);

/**
 * How long to wait before a retry, in milliseconds, if the cloud or a limit of this library says so.
 *
 * @return the time; 0 if it is not known, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_error_retry_after_ms(const evercred_error *error);

/**
 * How far the failed request got: an `EVERCRED_PROGRESS_` number. Repeating a request that was perhaps sent may have its
 * effect twice.
 *
 * @return the number; `EVERCRED_PROGRESS_NOT_SENT` for an error without a request, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API
int32_t evercred_error_progress(const evercred_error *error);

/**
 * The HTTP status of the answer to the failed request.
 *
 * @return the status, such as 403; 0 if there was no answer, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int32_t evercred_error_http_status(const evercred_error *error);

/**
 * Frees an error. NULL is ignored. Do not free an error that `evercred_status_last_error` or `evercred_event_error`
 * returned.
 *
 * Owns: takes `error`. Blocks: no. Threads: any.
 */
EVERCRED_API void evercred_error_free(evercred_error *error);

/**
 * What happened: an `EVERCRED_EVENT_` number. Later versions may add numbers: ignore those that you do not know.
 *
 * @return the number; 0 for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int32_t evercred_event_kind(const evercred_event *event);

/**
 * The name of the source of the event, as in `evercred_source_name`. If `len_out` is not NULL, `*len_out` is set to
 * the length in bytes.
 *
 * @return a NUL-terminated UTF-8 text that is valid as long as the event; "" if the event concerns the client, and for
 * NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_event_source_name(const evercred_event *event, size_t *len_out);

/**
 * The source's generation after the event. After a change it is the generation of the new credential.
 *
 * @return the number; 0 before the first value, if the event concerns the client, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API uint64_t evercred_event_generation(const evercred_event *event);

/**
 * The error of the event, if it has one: why a refresh failed, or which certificate is about to expire.
 *
 * @return an error that belongs to the event and is valid as long as the event: do not free it. NULL if the event has
 * no error, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const evercred_error *evercred_event_error(const evercred_event *event);

/**
 * When the event happened, in milliseconds since 1970 by this machine's wall clock.
 *
 * @return the time; 0 for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_event_occurred_at_ms(const evercred_event *event);

/**
 * How many older events were dropped directly before this one because they were not fetched in time.
 *
 * @return the number; 0 for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API uint64_t evercred_event_dropped_before(const evercred_event *event);

/**
 * Frees an event. NULL is ignored.
 *
 * Owns: takes `event`. Blocks: no. Threads: any.
 */
EVERCRED_API void evercred_event_free(evercred_event *event);

/**
 * Supplies an access key. `security_token` is NULL or "" for a long-term key. `expires_at_ms` is the time when the key
 * expires, in milliseconds since 1970 by this machine's wall clock; with 0 the key is assumed to live for 15 minutes.
 * The texts are copied.
 *
 * @return NULL on success, or an error that names the argument that cannot be used. After an error the result is
 * unchanged.
 * Owns: nothing. Blocks: no. Threads: the callback's, or a thread that the callback waits for.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_identity_set_key(evercred_identity *identity,
                                          const char *access_key_id,
                                          const char *access_key_secret,
                                          const char *security_token,
                                          int64_t expires_at_ms);

/**
 * Reports why there is no key. `reason` becomes part of the error in `evercred_source_get` and in the status, so it
 * must not hold a secret. It is copied; only the first 400 characters of a long reason are kept. `is_retryable` says
 * whether a retry can soon succeed.
 *
 * Owns: nothing. Blocks: no. Threads: like `evercred_identity_set_key`.
 */
EVERCRED_API void evercred_identity_set_error(evercred_identity *identity, const char *reason, bool is_retryable);

/**
 * The text of the report. If `len_out` is not NULL, `*len_out` is set to the length in bytes.
 *
 * @return a NUL-terminated UTF-8 text that is valid as long as the report; "" for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_report_text(const evercred_report *report, size_t *len_out);

/**
 * Frees a report. NULL is ignored.
 *
 * Owns: takes `report`. Blocks: no. Threads: any.
 */
EVERCRED_API void evercred_report_free(evercred_report *report);

/**
 * The source's name in reports and logs. It holds no secret. If `len_out` is not NULL, `*len_out` is set to the length
 * in bytes.
 *
 * @return a text that is valid as long as the source; "" for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_source_name(const evercred_source *source, size_t *len_out);

/**
 * The option `total_timeout_ms` of the source: how long a call with a negative timeout waits. A wrapper whose callers
 * wait in their own language needs it for a call without a timeout.
 *
 * @return the time in milliseconds; 0 for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_source_total_timeout_ms(const evercred_source *source);

/**
 * Returns the current credential. A fresh credential is returned immediately, without a lock or a system call.
 * Otherwise the call waits for a refresh, at most `timeout_ms` (0: no wait; negative: the option `total_timeout_ms`).
 * Where it may return the old value in the end, it waits at most `refresh_wait_ms` for a new one, and then returns the
 * old one with its state.
 *
 * @return NULL on success, or an error: TIMEOUT, CLOSED, or the reason why the refresh failed.
 * Owns: the caller owns `*credential_out` and frees it with `evercred_credential_free`. Blocks: at most `timeout_ms`.
 * Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_source_get(const evercred_source *source,
                                    int64_t timeout_ms,
                                    evercred_credential **credential_out);

/**
 * Returns what `evercred_source_get` would return immediately, for event loops. The call never waits, and takes no lock
 * that is held during a fetch. Otherwise `*credential_out` is NULL, which is not an error: then a fetch is in progress,
 * or starts after a back-off, and a subscription has an event when it ends: CHANGED, RECOVERED, REFRESHED or RECONFIRMED,
 * or REFRESH_FAILED with the error. A value in its mandatory window, a stale or a rejected one is returned when
 * `evercred_source_get` would no longer wait for another one; if that is before the fetch ends, the event is WAIT_ENDED
 * (not in lazy mode, in which no timer runs).
 *
 * @return NULL on success, or an error: CLOSED, a refusal of the cloud that is remembered, or in lazy mode, in which
 * nothing starts by itself, the error of the last fetch while it backs off.
 * Owns: the caller owns `*credential_out` and frees it with `evercred_credential_free`. Blocks: no. Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_source_try_get(const evercred_source *source,
                                        evercred_credential **credential_out);

/**
 * Returns a credential with another value than that of this generation, for "it was reported, now the next one". While
 * the source holds the same value, the call waits for another one, at most `timeout_ms` (0: no wait; negative: the
 * option `total_timeout_ms`); neither `refresh_wait_ms` nor the state REJECTED ends the wait earlier. It starts the
 * fetches that are due, but asks for a value that is good only by its schedule. For the generation of an older value,
 * and for 0, it is `evercred_source_get`.
 *
 * @return NULL on success, or an error: TIMEOUT if there is still no other value, CLOSED, or the refusal of the cloud.
 * Owns: the caller owns `*credential_out` and frees it with `evercred_credential_free`. Blocks: at most `timeout_ms`.
 * Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_source_get_newer(const evercred_source *source,
                                          uint64_t generation,
                                          int64_t timeout_ms,
                                          evercred_credential **credential_out);

/**
 * Returns the credential that the source holds, whatever its state. The call neither waits nor starts a fetch. If the
 * source holds none yet, `*credential_out` is NULL; that is not an error.
 *
 * @return NULL on success, or an error.
 * Owns: the caller owns `*credential_out` and frees it with `evercred_credential_free`. Blocks: no. Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE evercred_error *evercred_source_peek(const evercred_source *source, evercred_credential **credential_out);

/**
 * Asks the cloud now, even if the source holds a fresh value, and waits for the answer at most `timeout_ms` (0: no
 * wait; negative: the option `total_timeout_ms`). The request is sent after this call began: an earlier one, or the
 * cache file, does not answer it.
 *
 * @return NULL on success, or an error: the reason why the refresh failed, TIMEOUT, CLOSED, or RATE_LIMITED after too
 * many calls in a short time (`forced_refresh_burst`). After an error the source still holds its value.
 * Owns: the caller owns `*credential_out` and frees it with `evercred_credential_free`. Blocks: at most `timeout_ms`.
 * Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_source_refresh(const evercred_source *source,
                                        int64_t timeout_ms,
                                        evercred_credential **credential_out);

/**
 * Reports that the service rejected this credential: a database answers "access denied", or a cloud does not know the
 * access key any more. If the credential is still the current one, one refresh starts, however many threads report it.
 * The next `get` waits for another value, at most its timeout and `refresh_wait_ms`; if there is none, it returns the
 * rejected one in state REJECTED, and so does each later `get` without a wait until another value comes. The library
 * goes on looking for one; if the cloud still returns the same value after `rejected_settle_ms`, the event RECONFIRMED
 * says so. Then a new report looks again. Reporting an old credential, or one that is looked for, has no effect.
 *
 * @return NULL on success, or an error: RATE_LIMITED after too many reports in a short time (`forced_refresh_burst`):
 * the value is REJECTED all the same, and is fetched again when a report is effective again; CLOSED, or INVALID_ARGUMENT
 * for another source's credential.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_source_report_rejected(const evercred_source *source,
                                                const evercred_credential *credential);

/**
 * Like `evercred_source_report_rejected`, by the generation of the credential, for wrappers that keep only its fields.
 * A generation that is not one of the present value has no effect.
 *
 * @return NULL on success, or an error: RATE_LIMITED or CLOSED, like `evercred_source_report_rejected`.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_source_report_rejected_generation(const evercred_source *source,
                                                           uint64_t generation);

/**
 * Whether an error code of the service means that it rejects the credential. `service_code` is a driver's error number
 * or SQL state, or an SDK's error code, as a text; case does not matter. The option `rejected_codes` lists these
 * codes. With this function any program can do what the handlers of the official plugin do: if a call fails with such
 * a code, report the credential, get another one and repeat the call once.
 *
 * @return the answer; false for NULL and for a text that is not UTF-8.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API bool evercred_source_is_rejection_code(const evercred_source *source, const char *service_code);

/**
 * Returns the status of the source: state, expiry, next refresh, failures and last error.
 *
 * @return NULL on success, or an error.
 * Owns: the caller owns `*status_out` and frees it with `evercred_status_free`. Blocks: no. Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE evercred_error *evercred_source_status(const evercred_source *source, evercred_status **status_out);

/**
 * The address of the source's generation, for wrappers whose hot path stays in their own language. Read the generation
 * atomically, with acquire order. While it equals the generation of a credential, `evercred_source_get` would return
 * that credential again immediately. While it is 0, call `evercred_source_get`: the value is about to expire, stale,
 * expired or rejected, or no thread watches the source (lazy mode, a forked child before its first call, a closed
 * client, a freed source). Generations are unique in the process, and no other source ever gets this address.
 *
 * @return the address, aligned to 8 bytes and readable for the life of the process; NULL for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const uint64_t *evercred_source_generation_address(const evercred_source *source);

/**
 * Closes a source before it is freed. Calls that wait with this handle return CLOSED, and so do all later ones that ask
 * for a credential or report one; name, status and `evercred_source_peek` still work. Handles of the same thing may
 * share its value: when the last of them is closed or freed, its fetch and its timer end, its generation is 0, login
 * identities that nothing else uses end too, and the memory is released when it is freed. A second call has no effect.
 * NULL is ignored.
 *
 * Owns: nothing. Blocks: no. Threads: any, also while other threads use the source.
 */
EVERCRED_API void evercred_source_close(const evercred_source *source);

/**
 * Frees a source, and closes it first. Its credentials stay valid. NULL is ignored.
 *
 * Owns: takes `source`. Blocks: no. Threads: any, also while other threads wait in calls that began earlier.
 */
EVERCRED_API void evercred_source_free(evercred_source *source);

/**
 * Opens the password of a Tencent Cloud database account with CAM authentication. `region` (such as "ap-guangzhou"),
 * `instance_id` (such as "cdb-example1") and `user` are copied. The first `get` makes the first fetch, unless the
 * option `prefetch` is on.
 *
 * @return NULL on success, or an error that names the argument or option.
 * Owns: the caller owns `*source_out` and frees it with `evercred_source_free`. Blocks: while it reads the files that
 * options name. Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_source_open_database(const evercred_client *client,
                                              const char *region,
                                              const char *instance_id,
                                              const char *user,
                                              evercred_source **source_out);

/**
 * Like `evercred_source_open_database`, with options that override the client's. `overrides` is copied and may be
 * NULL.
 *
 * @return NULL on success, or an error that names the argument or option. An option that only a client can have is an
 * error.
 * Owns: like `evercred_source_open_database`. Blocks: like `evercred_source_open_database`. Threads: any, but only one
 * at a time uses `overrides`.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_source_open_database_with(const evercred_client *client,
                                                   const evercred_config *overrides,
                                                   const char *region,
                                                   const char *instance_id,
                                                   const char *user,
                                                   evercred_source **source_out);

/**
 * Opens a managed secret of Alibaba Cloud's KMS Secrets Manager. `secret_name` is copied. `evercred_credential_kind`
 * says what the credentials hold: the access key of a RAM user, the user name and password of a database or machine,
 * or, for a secret of any other type, the whole text or bytes (`evercred_credential_secret_value`). The `aliyun_…`
 * options select the login identity, the endpoint and the version (`aliyun_version_stage`).
 *
 * @return NULL on success, or an error that names the argument or option.
 * Owns: the caller owns `*source_out` and frees it with `evercred_source_free`. Blocks: while it reads the files that
 * options name. Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_source_open_managed(const evercred_client *client,
                                             const char *secret_name,
                                             evercred_source **source_out);

/**
 * Like `evercred_source_open_managed`, with options that override the client's. `overrides` is copied and may be NULL.
 *
 * @return NULL on success, or an error that names the argument or option. An option that only a client can have is an
 * error.
 * Owns: like `evercred_source_open_managed`. Blocks: like `evercred_source_open_managed`. Threads: any, but only one
 * at a time uses `overrides`.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_source_open_managed_with(const evercred_client *client,
                                                  const evercred_config *overrides,
                                                  const char *secret_name,
                                                  evercred_source **source_out);

/**
 * Opens the login identity of a cloud ("tencent" or "aliyun") itself: an access key, with a security token and an end
 * if it is temporary, which any SDK can sign with. The options of the cloud select it, as for the sources that sign
 * with it; sources of the client that sign with the same identity share it. It is never stale, and it has the timing
 * options and `rejected_codes` of the client. Tencent Cloud's STS is asked in the region of the option
 * `tencent_sts_region`, or else in "ap-guangzhou". `cloud` is copied.
 *
 * @return NULL on success, or an error that names the argument or option: INVALID_ARGUMENT for an unknown cloud,
 * INVALID_OPTION if the options select a client key, which only KMS takes.
 * Owns: the caller owns `*source_out` and frees it with `evercred_source_free`. Blocks: while it reads the files that
 * options name. Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_source_open_identity(const evercred_client *client,
                                              const char *cloud,
                                              evercred_source **source_out);

/**
 * Like `evercred_source_open_identity`, with options that override the client's. `overrides` is copied and may be
 * NULL.
 *
 * @return NULL on success, or an error that names the argument or option. An option that only a client can have is an
 * error.
 * Owns: like `evercred_source_open_identity`. Blocks: like `evercred_source_open_identity`. Threads: any, but only one
 * at a time uses `overrides`.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_source_open_identity_with(const evercred_client *client,
                                                   const evercred_config *overrides,
                                                   const char *cloud,
                                                   evercred_source **source_out);

/**
 * The state of the value: an `EVERCRED_STATE_` number.
 *
 * @return the number; `EVERCRED_STATE_EMPTY` for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int32_t evercred_status_state(const evercred_status *status);

/**
 * Where the value came from: an `EVERCRED_ORIGIN_` number.
 *
 * @return the number; `EVERCRED_ORIGIN_NONE` for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int32_t evercred_status_origin(const evercred_status *status);

/**
 * When the value expires, in milliseconds since 1970 by this machine's wall clock.
 *
 * @return the time; 0 if it is not known, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_status_expires_at_ms(const evercred_status *status);

/**
 * When the renewal of the value is due, in milliseconds since 1970 by this machine's wall clock.
 *
 * @return the time; 0 if it is renewed only on request, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_status_renew_at_ms(const evercred_status *status);

/**
 * When the background thread asks the cloud next, in milliseconds since 1970 by this machine's wall clock.
 *
 * @return the time; 0 if nothing is planned (lazy mode, before the first `get`), and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_status_next_refresh_at_ms(const evercred_status *status);

/**
 * When a fetch last succeeded, in milliseconds since 1970 by this machine's wall clock.
 *
 * @return the time; 0 if none has succeeded, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_status_last_success_at_ms(const evercred_status *status);

/**
 * How many refreshes have failed since the last success.
 *
 * @return the number; 0 for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API uint64_t evercred_status_consecutive_failures(const evercred_status *status);

/**
 * Why the last refresh failed.
 *
 * @return an error that belongs to the status and is valid as long as the status: do not free it. NULL if the last
 * refresh succeeded, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const evercred_error *evercred_status_last_error(const evercred_status *status);

/**
 * The source's generation.
 *
 * @return the number; 0 before the first value, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API uint64_t evercred_status_generation(const evercred_status *status);

/**
 * How many fetches the source has tried in total.
 *
 * @return the number; 0 for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API uint64_t evercred_status_fetches(const evercred_status *status);

/**
 * How many reports of a rejected credential were acted upon in total.
 *
 * @return the number; 0 for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API uint64_t evercred_status_rejections(const evercred_status *status);

/**
 * How far the cloud's clock is ahead of this machine's clock, in milliseconds, if the signing time had to be
 * corrected.
 *
 * @return the time, negative if this machine's clock is ahead; 0 if no correction was needed, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_status_clock_skew_ms(const evercred_status *status);

/**
 * How long the last rotation took according to the service, in milliseconds.
 *
 * @return the time; -1 if the service does not say, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_status_last_rotation_duration_ms(const evercred_status *status);

/**
 * When the service plans the next rotation of a managed secret, in milliseconds since 1970.
 *
 * @return the time; 0 if the service does not say, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_status_next_rotation_at_ms(const evercred_status *status);

/**
 * The time between two rotations of a managed secret, in milliseconds.
 *
 * @return the time; 0 if the service does not say, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_status_rotation_interval_ms(const evercred_status *status);

/**
 * When a managed access key was created according to the secret's `GenerateTimestamp`, in milliseconds since 1970.
 *
 * @return the time; 0 if the secret does not say, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_status_generated_at_ms(const evercred_status *status);

/**
 * Whether requests are encrypted and server certificates are verified (the options `tls_verify`, `tencent_scheme`,
 * `aliyun_scheme` and `aliyun_regions`).
 *
 * @return the answer; true for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API bool evercred_status_is_tls_verified(const evercred_status *status);

/**
 * Whether the service still returns the old value more than 15 minutes after it should have rotated it.
 *
 * @return the answer; false for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API bool evercred_status_is_rotation_overdue(const evercred_status *status);

/**
 * The result of the last rotation according to the service, such as "success". If `len_out` is not NULL, `*len_out` is
 * set to the length in bytes.
 *
 * @return a NUL-terminated UTF-8 text that is valid as long as the status; "" if it is not known, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_status_rotation_status(const evercred_status *status, size_t *len_out);

/**
 * Which login identity was used, and why others were skipped. If `len_out` is not NULL, `*len_out` is set to the
 * length in bytes.
 *
 * @return a NUL-terminated UTF-8 text that is valid as long as the status; "" if it is not known, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_status_identity_explanation(const evercred_status *status, size_t *len_out);

/**
 * Frees a status. NULL is ignored.
 *
 * Owns: takes `status`. Blocks: no. Threads: any.
 */
EVERCRED_API void evercred_status_free(evercred_status *status);

/**
 * Subscribes to the future events of one source or, if `source` is NULL, of all sources of the client, including login
 * identities, and of its CA files. A source whose last handle is freed has no more events: keep a handle to each
 * source that matters.
 *
 * @return NULL on success, or an error: CLOSED, or INVALID_ARGUMENT for another client's source.
 * Owns: the caller owns `*subscription_out` and frees it with `evercred_subscription_free`. Blocks: no. Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_subscription_open(const evercred_client *client,
                                           const evercred_source *source,
                                           evercred_subscription **subscription_out);

/**
 * Returns the next event. The call waits for one at most `timeout_ms` (0: no wait; negative: the option
 * `total_timeout_ms`). If no event arrives, `*event_out` is NULL; that is not an error.
 *
 * @return NULL on success, or an error: CLOSED if the subscription or the client is closed and all earlier events are
 * fetched (a call that waits returns immediately), or INVALID_ARGUMENT in a forked child for its parent's subscription.
 * Owns: the caller owns `*event_out` and frees it with `evercred_event_free`. Blocks: at most `timeout_ms`. Threads:
 * one at a time.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_subscription_next(evercred_subscription *subscription,
                                           int64_t timeout_ms,
                                           evercred_event **event_out);

/**
 * A descriptor for `poll`, `epoll` and event loops. It is readable while events wait, and always after the subscription
 * or the client is closed. When it is readable, call `evercred_subscription_next` with a timeout of 0 until it returns no
 * event: then the next event makes it readable again, which is an edge for edge-triggered polling. It does not block, and
 * it may be duplicated. Never read, write or close the descriptor; close only a duplicate.
 *
 * @return the descriptor, valid as long as the subscription; -1 if there is none (limit of open files, forked child,
 * system without descriptors), and for NULL.
 * Owns: nothing. Blocks: no. Threads: one at a time.
 */
EVERCRED_API
int32_t evercred_subscription_descriptor(evercred_subscription *subscription);

/**
 * Closes a subscription before it is freed: no event is added any more, a call of `evercred_subscription_next` that
 * waits returns, and after the events that wait already it returns CLOSED. A second call has no effect. NULL is ignored.
 *
 * Owns: nothing. Blocks: no. Threads: any, also while another thread uses the subscription.
 */
EVERCRED_API
void evercred_subscription_close(const evercred_subscription *subscription);

/**
 * Frees a subscription and closes its descriptor. Its events stay valid. NULL is ignored.
 *
 * Owns: takes `subscription`. Blocks: no. Threads: one at a time.
 */
EVERCRED_API void evercred_subscription_free(evercred_subscription *subscription);

/**
 * The version of the library, such as "0.1.0". `EVERCRED_VERSION` is the version of the header.
 *
 * @return a text that is valid as long as the library is loaded.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_version(void);

/**
 * The version of the ABI that the library implements. It grows when something is removed or changed, never when
 * something is added. Compare it with `EVERCRED_ABI_VERSION` before the first call.
 *
 * @return the number.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API uint32_t evercred_abi_version(void);

/**
 * The name of an error code, such as "EVERCRED_E_CLOSED".
 *
 * @return a text that is valid as long as the library is loaded; "EVERCRED_E_UNKNOWN" for a number that this version
 * does not know.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_code_name(int32_t code);

/**
 * For tests: the number of handles that are not freed yet. It is 0 at the end of a program that frees every handle.
 * Credentials are counted in debug builds only, because counting would be the slowest part of `evercred_source_get`.
 *
 * @return the number.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API uint64_t evercred_live_handles(void);

/**
 * Whether the source still publishes this generation, so that `evercred_source_get` would return the credential of this
 * generation immediately. The same answer as `evercred_credential_is_current`, as one read of memory without a call.
 * `address` is the one of `evercred_source_generation_address`. A compiler other than GCC and Clang reads without
 * order: there, other data that depends on the answer needs a barrier of the program.
 *
 * @return the answer; false for NULL and for 0.
 * Owns: nothing. Blocks: no. Threads: any.
 */
static inline bool evercred_generation_is_current(const uint64_t *address, uint64_t generation) {
#if defined(__GNUC__)
    return address != NULL && generation != 0 && __atomic_load_n(address, __ATOMIC_ACQUIRE) == generation;
#else
    return address != NULL && generation != 0 && *(const volatile uint64_t *)address == generation;
#endif
}

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* EVERCRED_H */
