/* evercred: cloud credentials that are always fresh.
 *
 * Every fallible call returns NULL for success or an error that the caller owns and frees. Nothing that is passed
 * in is consumed. Out arguments come last and are NULL after a failure. Destructors and accessors accept NULL.
 * Texts going in are NUL-terminated UTF-8 and copied; texts coming out belong to the handle that they came from.
 * Times are milliseconds; negative timeouts mean the option total_timeout_ms.
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

/* An error that is not looked at is lost, and leaks. */
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
 * An argument is missing, empty, not UTF-8 or otherwise unusable. Mend the call; the message names the argument.
 */
#define EVERCRED_E_INVALID_ARGUMENT 1

/**
 * No option has this name. The message names the nearest one.
 */
#define EVERCRED_E_UNKNOWN_OPTION 2

/**
 * An option's value is not of its type or range.
 */
#define EVERCRED_E_INVALID_OPTION 3

/**
 * A file that was asked for cannot be read or understood.
 */
#define EVERCRED_E_FILE 4

/**
 * The client was closed.
 */
#define EVERCRED_E_CLOSED 5

/**
 * The caller's time ran out before an answer came.
 */
#define EVERCRED_E_TIMEOUT 6

/**
 * The cloud could not be reached. Check network, endpoint and proxy.
 */
#define EVERCRED_E_NETWORK 7

/**
 * The server's certificate was not accepted, or there are no root certificates. Check `ca_file`.
 */
#define EVERCRED_E_TLS 8

/**
 * The cloud answered with a passing failure. It is tried again.
 */
#define EVERCRED_E_SERVICE 9

/**
 * The cloud asked to be left alone for a while.
 */
#define EVERCRED_E_THROTTLED 10

/**
 * The cloud refuses: not permitted, switched off, no such resource. The message says what to do.
 */
#define EVERCRED_E_REFUSED 11

/**
 * The login identity is expired or unknown.
 */
#define EVERCRED_E_IDENTITY 12

/**
 * The signing time was not accepted, although it was corrected. Set this machine's clock.
 */
#define EVERCRED_E_CLOCK 13

/**
 * The cloud's answer could not be understood. Report it with the request id.
 */
#define EVERCRED_E_MALFORMED 14

/**
 * Too many forced refreshes lately: this one was not made. `evercred_error_retry_after_ms` says when the next may be.
 */
#define EVERCRED_E_RATE_LIMITED 15

/**
 * No login identity was found. The message says what was tried.
 */
#define EVERCRED_E_NO_IDENTITY 16

/**
 * This build or system cannot do it.
 */
#define EVERCRED_E_UNSUPPORTED 17

/**
 * A defect of evercred itself. Report it.
 */
#define EVERCRED_E_INTERNAL 99

/**
 * The user name and password of a database account or a machine.
 */
#define EVERCRED_KIND_DATABASE 1

/**
 * An access key: id, secret, perhaps a session token.
 */
#define EVERCRED_KIND_ACCESS_KEY 2

/**
 * A secret text of no form that is known here, whole: `evercred_credential_secret_value`.
 */
#define EVERCRED_KIND_TEXT 3

/**
 * Secret bytes, whole and decoded: `evercred_credential_secret_value`.
 */
#define EVERCRED_KIND_BINARY 4

/**
 * No value is held.
 */
#define EVERCRED_STATE_EMPTY 0

/**
 * The value is in its prime.
 */
#define EVERCRED_STATE_FRESH 1

/**
 * A refresh is due; the value is good. A credential is handed out as FRESH then; the status tells the two apart.
 */
#define EVERCRED_STATE_DUE 2

/**
 * The value is about to end and could not be refreshed yet; it is still good.
 */
#define EVERCRED_STATE_MANDATORY 3

/**
 * The value is past its end, or overdue with no end known, and handed out since the cloud cannot be reached.
 */
#define EVERCRED_STATE_STALE 4

/**
 * The value is past its end and past `max_stale_ms`.
 */
#define EVERCRED_STATE_ENDED 5

/**
 * The value was reported as refused, and the cloud has no other one yet.
 */
#define EVERCRED_STATE_REJECTED 6

/**
 * From nowhere yet.
 */
#define EVERCRED_ORIGIN_NONE 0

/**
 * From the cloud's API.
 */
#define EVERCRED_ORIGIN_CLOUD 1

/**
 * From a fallback password file, since the cloud could not be reached.
 */
#define EVERCRED_ORIGIN_FALLBACK_FILE 2

/**
 * From the configuration.
 */
#define EVERCRED_ORIGIN_CONFIGURATION 3

/**
 * From environment variables.
 */
#define EVERCRED_ORIGIN_ENVIRONMENT 4

/**
 * From a profile file.
 */
#define EVERCRED_ORIGIN_PROFILE_FILE 5

/**
 * From the machine's metadata service.
 */
#define EVERCRED_ORIGIN_METADATA 6

/**
 * From the cloud's security token service.
 */
#define EVERCRED_ORIGIN_STS 7

/**
 * From the file in which the processes of a host share what one of them fetched.
 */
#define EVERCRED_ORIGIN_FILE_CACHE 8

/**
 * From a program that was run for it.
 */
#define EVERCRED_ORIGIN_PROCESS 9

/**
 * From a credentials URI.
 */
#define EVERCRED_ORIGIN_CREDENTIALS_URI 10

/**
 * From a function of the host program.
 */
#define EVERCRED_ORIGIN_CALLBACK 11

/**
 * From the file of a client key.
 */
#define EVERCRED_ORIGIN_CLIENT_KEY_FILE 12

/**
 * Another value is handed out from now on; the first one counts as well.
 */
#define EVERCRED_EVENT_CHANGED 1

/**
 * A refresh failed; `evercred_event_error` says why. What is held stays in use as long as it may.
 */
#define EVERCRED_EVENT_REFRESH_FAILED 2

/**
 * The value was reported as refused, and another one is asked for.
 */
#define EVERCRED_EVENT_REJECTED 3

/**
 * The service should have rotated the value a quarter of an hour ago and still hands out the old one. Once a rotation.
 */
#define EVERCRED_EVENT_ROTATION_OVERDUE 4

/**
 * A certificate of a CA file is about to end; `evercred_event_error` says which. Once a day, and when a subscription to
 * the whole client is opened.
 */
#define EVERCRED_EVENT_CA_EXPIRING 5

/**
 * A refresh succeeded after failed ones.
 */
#define EVERCRED_EVENT_RECOVERED 6

/**
 * The value is past its end and past `max_stale_ms`, and there is no other one.
 */
#define EVERCRED_EVENT_ENDED 7

/**
 * One JSON object.
 */
#define EVERCRED_REPORT_JSON 1

/**
 * Prometheus' text form.
 */
#define EVERCRED_REPORT_PROMETHEUS 2

/**
 * Something that a person should look at.
 */
#define EVERCRED_LOG_ERROR 1

/**
 * Something that went wrong and is being dealt with.
 */
#define EVERCRED_LOG_WARN 2

/**
 * A change worth knowing.
 */
#define EVERCRED_LOG_INFO 3

/**
 * Every answer of the cloud, and refreshes that changed nothing.
 */
#define EVERCRED_LOG_DEBUG 4

/**
 * A client: a configuration, the sources opened with it, and at most one background thread for all of them.
 * [thread-safe]
 */
typedef struct evercred_client evercred_client;

/**
 * Options that a client or a source is made with; `docs/CONFIGURATION.md` lists them. What is not set has its default.
 * [one thread at a time]
 */
typedef struct evercred_config evercred_config;

/**
 * One state of a source's value, whole: a rotation makes a new one and changes nothing in those that are held.
 * [immutable]
 */
typedef struct evercred_credential evercred_credential;

/**
 * What went wrong: an object of its own, so that threads and goroutines cannot mix up each other's. It holds no secret.
 * [immutable]
 */
typedef struct evercred_error evercred_error;

/**
 * One thing that happened to a source or a client. It holds no secret.
 * [immutable]
 */
typedef struct evercred_event evercred_event;

/**
 * What an identity callback fills in. It is lent to the callback for the one call: neither kept nor freed by it.
 * [one thread at a time]
 */
typedef struct evercred_identity evercred_identity;

/**
 * A finished report.
 * [immutable]
 */
typedef struct evercred_report evercred_report;

/**
 * A value that is kept fresh, such as one database account's password or one managed secret. Two opens of the same thing
 * with the same options share what is behind it.
 * [thread-safe]
 */
typedef struct evercred_source evercred_source;

/**
 * How a source was at one moment.
 * [immutable]
 */
typedef struct evercred_status evercred_status;

/**
 * What happens to a client's sources, in the order in which it happened. Nothing of evercred calls into the program: it
 * fetches, or polls a descriptor. At most 256 events wait; then the oldest are lost, and the next one says how many. A
 * forked child opens its own.
 * [one thread at a time]
 */
typedef struct evercred_subscription evercred_subscription;

/**
 * Receives a message: the `userdata` that was given with it, an `EVERCRED_LOG_` level, and a NUL-terminated UTF-8 text
 * with its length, which lives for the call only. It is called on a thread of the library or of a caller, with no lock
 * held; several threads may call it at once. It may call accessors, nothing that blocks.
 */
typedef void (*evercred_log_callback)(void *userdata, int32_t level, const char *message, size_t message_len);

/**
 * Frees a `userdata`; called once, when nobody will call the callback any more, on whatever thread was the last to use it.
 */
typedef void (*evercred_userdata_free)(void *userdata);

/**
 * Hands over a login identity: it calls `evercred_identity_set_key`, or `evercred_identity_set_error`, and returns; of
 * several calls the last one counts. `userdata` is what was set with it. It is called on a thread of the library that was
 * made for this one call, with no lock held, and never twice at once for one identity; two clients, or two clouds of one
 * client, may call it at once. It may block, but whoever waits for it leaves at `total_timeout_ms`, and what it hands over
 * later serves the next who asks. It may call this library, but should not ask for a credential that waits for this very
 * call: that ends with TIMEOUT. It must return: no `longjmp`, no C++ exception.
 */
typedef void (*evercred_identity_callback)(void *userdata, evercred_identity *identity);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Makes a client. Nothing is asked of the network and no thread is started before the first source needs it, unless the
 * option "secret_names" names managed secrets: their first fetches start now. `config` is copied; NULL has every option at
 * its default.
 *
 * @return NULL, or an error that names the option that cannot be used.
 * Owns: the caller gets `*client_out` and frees it with `evercred_client_free`. Blocks: for reading the files
 * that options name. Threads: any; `config` by one at a time.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_client_new(const evercred_config *config,
                                    evercred_client **client_out);

/**
 * Says how every open source is, login identities among them: state, expiry, next refresh, failures, last error. `format`
 * is an `EVERCRED_REPORT_` number. No secret is in it.
 *
 * @return NULL, or an error.
 * Owns: the caller gets `*report_out` and frees it with `evercred_report_free`. Blocks: no. Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_client_report(const evercred_client *client,
                                       int32_t format,
                                       evercred_report **report_out);

/**
 * Stops all work: whoever waits gets CLOSED at once, and so does every later call that would open a source or ask for a
 * value. Credentials that were handed out, statuses and reports stay readable. Closing twice is nothing, and so is NULL.
 *
 * Owns: nothing. Blocks: at most 1 second, for the background thread. Threads: any, also while others are in calls.
 */
EVERCRED_API
void evercred_client_close(evercred_client *client);

/**
 * Closes a client and frees it; its sources, where they are still held, answer CLOSED. NULL is nothing.
 *
 * Owns: takes `client`. Blocks: as `evercred_client_close`. Threads: any.
 */
EVERCRED_API void evercred_client_free(evercred_client *client);

/**
 * Makes a configuration with nothing set.
 *
 * @return NULL, or an error.
 * Owns: the caller gets `*config_out` and frees it with `evercred_config_free`. Blocks: no. Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE evercred_error *evercred_config_new(evercred_config **config_out);

/**
 * Sets an option, such as "tencent_secret_id". An empty value takes it back. Keys and values are copied.
 *
 * @return NULL, or an error: UNKNOWN_OPTION names the nearest option, INVALID_OPTION says what the option takes. Then
 * nothing was changed.
 * Owns: nothing. Blocks: no. Threads: one at a time.
 */
EVERCRED_API EVERCRED_MUST_USE evercred_error *evercred_config_set(evercred_config *config, const char *key, const char *value);

/**
 * Sets the options of a file with lines `option = value`; a `#` at the start of a line or after white space starts a
 * comment. A file of the official clients of Alibaba Cloud, called "managed_credentials_providers.properties" or
 * "secretsmanager.properties" or known by a key such as `credentials_type`, is read as it is and comes to options of
 * evercred, as the option "config_generation" says: its login identity replaces the one that was set, its regions and
 * secret names add up with others, options that stand in it come on top, and keys without a meaning are named in the log.
 *
 * @return NULL, or an error that names the file, the line and the option. Then nothing was changed.
 * Owns: nothing. Blocks: for reading the file and those that it names. Threads: one at a time, and none that changes the
 * environment meanwhile.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_config_load_file(evercred_config *config,
                                          const char *path);

/**
 * Sets the options whose environment variable is set: "EVERCRED_" and the option's name in capitals, such as
 * EVERCRED_TENCENT_SECRET_ID; under these the variables that the official clients of Alibaba Cloud read, by their own names
 * such as `credentials_type` and `cache_client_region_id`, with the meaning that they have in a file.
 *
 * @return NULL, or an error that names the variable. Then nothing was changed.
 * Owns: nothing. Blocks: for reading the files that variables name. Threads: one at a time, and none that changes the
 * environment meanwhile.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_config_load_environment(evercred_config *config);

/**
 * Has messages of a level, and of all that matter more, handed to a callback. Without one the library is silent: it
 * never writes to stdout, stderr or a log of the process. No message holds a secret. Set it before files and the environment
 * are loaded: what is said of them is not kept.
 *
 * @return NULL, or an error; then `userdata_free` is not called.
 * Owns: takes `userdata` on success: `userdata_free`, which may be NULL, is called with it once, when the last handle of
 * the configuration and of what was made with it was freed, or another callback was set. Blocks: no. Threads: one at a
 * time.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_config_set_log_callback(evercred_config *config,
                                                 int32_t level,
                                                 evercred_log_callback callback,
                                                 void *userdata,
                                                 evercred_userdata_free userdata_free);

/**
 * Has the login identity handed over by a function of the program, such as one that asks a vault. The identity options
 * (`tencent_identity`, `aliyun_identity`) use it by the name `callback`, and in `auto` it comes before a static key; a role
 * that is named is assumed with it. What it hands over is kept fresh like any other identity: asked for again before its
 * end, and when the cloud refuses it. A configuration of overrides may have another one.
 *
 * @return NULL, or an error; then `userdata_free` is not called.
 * Owns: takes `userdata` on success, as `evercred_config_set_log_callback` does; a call that is still running when its
 * client is freed keeps it, and frees it afterwards on its own thread. Blocks: no. Threads: one at a time.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_config_set_identity_callback(evercred_config *config,
                                                      evercred_identity_callback callback,
                                                      void *userdata,
                                                      evercred_userdata_free userdata_free);

/**
 * Frees a configuration; clients and sources that were made with it keep their copies. NULL is nothing.
 *
 * Owns: takes `config`. Blocks: no. Threads: any.
 */
EVERCRED_API void evercred_config_free(evercred_config *config);

/**
 * What it is for: an `EVERCRED_KIND_` number.
 *
 * @return the number; 0 for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int32_t evercred_credential_kind(const evercred_credential *credential);

/**
 * The user to log in as. The length in bytes goes to `len_out`, unless that is NULL.
 *
 * @return a NUL-terminated UTF-8 text that lives as long as the credential; "" where it has none, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_credential_username(const evercred_credential *credential, size_t *len_out);

/**
 * The password to log in with, which the official Tencent SDK calls the authentication token.
 *
 * @return as `evercred_credential_username`. It is a secret: it is wiped when the last handle is freed; do not keep copies.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API
const char *evercred_credential_password(const evercred_credential *credential,
                                         size_t *len_out);

/**
 * The access key's id.
 *
 * @return as `evercred_credential_username`.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_credential_access_key_id(const evercred_credential *credential, size_t *len_out);

/**
 * The access key's secret.
 *
 * @return as `evercred_credential_password`.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_credential_access_key_secret(const evercred_credential *credential, size_t *len_out);

/**
 * The session token that goes with a temporary access key.
 *
 * @return as `evercred_credential_password`.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_credential_security_token(const evercred_credential *credential, size_t *len_out);

/**
 * The whole value of a secret of kind TEXT or BINARY, decoded, and of an access key that is kept in a generic secret. Bytes
 * may hold NULs, and so may a text: go by the length.
 *
 * @return bytes with a NUL behind them, which the length does not count, that live as long as the credential; "" for what
 * is known by its type, whose parts have functions of their own, and for NULL. It is a secret, as `evercred_credential_password`.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API
const char *evercred_credential_secret_value(const evercred_credential *credential,
                                             size_t *len_out);

/**
 * The service's name for this version of a secret.
 *
 * @return as `evercred_credential_username`.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_credential_version_id(const evercred_credential *credential, size_t *len_out);

/**
 * The source's generation that it belongs to: it grows with every change. Not a secret.
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
 * How good it was when it was handed out: an `EVERCRED_STATE_` number. It never changes; `evercred_credential_is_current`
 * and `evercred_source_status` tell what has become of it.
 *
 * @return the number; `EVERCRED_STATE_EMPTY` for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API
int32_t evercred_credential_state(const evercred_credential *credential);

/**
 * When it ends, in milliseconds since 1970 on this machine's wall clock.
 *
 * @return the time; 0 where the cloud does not say, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_credential_expires_at_ms(const evercred_credential *credential);

/**
 * When its renewal is due, in milliseconds since 1970 on this machine's wall clock.
 *
 * @return the time; 0 where it is renewed only when asked, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_credential_renew_at_ms(const evercred_credential *credential);

/**
 * Whether `evercred_source_get` would hand out this one again, without waiting: one comparison in memory.
 *
 * @return the answer; false where nobody watches over that (see `evercred_source_generation_address`), and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API bool evercred_credential_is_current(const evercred_credential *credential);

/**
 * Frees a credential; its secrets are wiped when nobody else holds them. NULL is nothing.
 *
 * Owns: takes `credential`. Blocks: no. Threads: any.
 */
EVERCRED_API void evercred_credential_free(evercred_credential *credential);

/**
 * Which error it is: an `EVERCRED_E_` number.
 *
 * @return the number; `EVERCRED_OK` for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int32_t evercred_error_code(const evercred_error *error);

/**
 * What went wrong and what to do, in English, for a person. Its length in bytes goes to `len_out`, unless that is NULL.
 *
 * @return a NUL-terminated UTF-8 text that lives as long as the error; "" for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_error_message(const evercred_error *error, size_t *len_out);

/**
 * The cloud's own code, such as "AuthFailure.SecretIdNotFound".
 *
 * @return a text that lives as long as the error; "" where the cloud gave none, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_error_provider_code(const evercred_error *error, size_t *len_out);

/**
 * The cloud's id of the failed request: its support finds the request by it.
 *
 * @return a text that lives as long as the error; "" where the cloud gave none, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_error_request_id(const evercred_error *error, size_t *len_out);

/**
 * Whether trying again later can succeed without anybody mending anything.
 *
 * @return the answer; false for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API bool evercred_error_is_retryable(const evercred_error *error);

/**
 * Whether the user must be told, in the official Tencent SDK's sense: the code begins with "AuthFailure." or is
 * "ResourceNotFound.DataFlowAuthClose".
 *
 * @return the answer; false for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API bool evercred_error_user_notification_required(const evercred_error *error);

/**
 * How long to wait before another try, in milliseconds, where the cloud or a limit of ours says so.
 *
 * @return the time; 0 where nothing is said, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_error_retry_after_ms(const evercred_error *error);

/**
 * Frees an error. NULL is nothing. Never for an error that `evercred_status_last_error` or
 * `evercred_event_error` lent.
 *
 * Owns: takes `error`. Blocks: no. Threads: any.
 */
EVERCRED_API void evercred_error_free(evercred_error *error);

/**
 * What happened: an `EVERCRED_EVENT_` number. Later versions may have more of them: pass over what is not known.
 *
 * @return the number; 0 for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int32_t evercred_event_kind(const evercred_event *event);

/**
 * The name of the source that it happened to, as `evercred_source_name` has it. The length in bytes goes to `len_out`,
 * unless that is NULL.
 *
 * @return a NUL-terminated UTF-8 text that lives as long as the event; "" where it concerns the client, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_event_source_name(const evercred_event *event, size_t *len_out);

/**
 * The source's generation since it happened; that of a changed value is its credential's.
 *
 * @return the number; 0 before the first value, where it concerns the client, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API uint64_t evercred_event_generation(const evercred_event *event);

/**
 * What went wrong, where something did: why a refresh failed, or which certificate is about to end.
 *
 * @return an error that belongs to the event and lives as long: never free it. NULL where nothing did, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const evercred_error *evercred_event_error(const evercred_event *event);

/**
 * When it happened, in milliseconds since 1970 on this machine's wall clock.
 *
 * @return the time; 0 for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_event_time_ms(const evercred_event *event);

/**
 * How many older events were lost right before this one, since they were not fetched in time.
 *
 * @return the number; 0 for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API uint64_t evercred_event_dropped(const evercred_event *event);

/**
 * Frees an event. NULL is nothing.
 *
 * Owns: takes `event`. Blocks: no. Threads: any.
 */
EVERCRED_API void evercred_event_free(evercred_event *event);

/**
 * Hands over a key. `security_token` is NULL or "" for a lasting one. `expires_at_ms` is when the key ends, in milliseconds
 * since 1970 on this machine's wall clock; with 0 it is taken to live for 15 minutes. The texts are copied.
 *
 * @return NULL, or an error that names the argument that cannot be used; then nothing was handed over.
 * Owns: nothing. Blocks: no. Threads: the callback's, or one that it waits for.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_identity_set_key(evercred_identity *identity,
                                          const char *access_key_id,
                                          const char *access_key_secret,
                                          const char *security_token,
                                          int64_t expires_at_ms);

/**
 * Says why there is no key: `reason` becomes part of the error that `evercred_source_get` and the status give, so it must
 * hold no secret; it is copied, of a long one the beginning. `is_retryable` says that trying again soon can help.
 *
 * Owns: nothing. Blocks: no. Threads: as `evercred_identity_set_key`.
 */
EVERCRED_API
void evercred_identity_set_error(evercred_identity *identity,
                                 const char *reason,
                                 bool is_retryable);

/**
 * The report's text; its length in bytes goes to `len_out`, unless that is NULL.
 *
 * @return a NUL-terminated UTF-8 text that lives as long as the report; "" for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_report_text(const evercred_report *report, size_t *len_out);

/**
 * Frees a report. NULL is nothing.
 *
 * Owns: takes `report`. Blocks: no. Threads: any.
 */
EVERCRED_API void evercred_report_free(evercred_report *report);

/**
 * Opens the password of a Tencent Cloud database account that logs in by CAM. `region` (such as "ap-guangzhou"),
 * `instance_id` (such as "cdb-example1") and `user` are copied. Nothing is fetched before the first `get`, unless the
 * option `prefetch` says so.
 *
 * @return NULL, or an error that names the argument or option.
 * Owns: the caller gets `*source_out` and frees it with `evercred_source_free`. Blocks: for reading the files
 * that options name. Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_source_open_database(evercred_client *client,
                                              const char *region,
                                              const char *instance_id,
                                              const char *user,
                                              evercred_source **source_out);

/**
 * As `evercred_source_open_database`, with options of its own over the client's; `overrides` is copied and may be NULL.
 *
 * @return NULL, or an error that names the argument or option; an option that only a client has is refused.
 * Owns: as `evercred_source_open_database`. Blocks: likewise. Threads: any; `overrides` by one at a time.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_source_open_database_with(evercred_client *client,
                                                   const evercred_config *overrides,
                                                   const char *region,
                                                   const char *instance_id,
                                                   const char *user,
                                                   evercred_source **source_out);

/**
 * Opens a managed secret of Alibaba Cloud's KMS Secrets Manager. `evercred_credential_kind` says what its credentials hold:
 * a RAM user's access key, the user name and password of a database or machine, or, of a secret of any other type, the
 * whole text or bytes (`evercred_credential_secret_value`). `secret_name` is copied. Who asks, where, and for which version
 * (`aliyun_version_stage`), say the options `aliyun_…`.
 *
 * @return NULL, or an error that names the argument or option.
 * Owns: the caller gets `*source_out` and frees it with `evercred_source_free`. Blocks: for reading the files
 * that options name. Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_source_open_managed(evercred_client *client,
                                             const char *secret_name,
                                             evercred_source **source_out);

/**
 * As `evercred_source_open_managed`, with options of its own over the client's; `overrides` is copied and may be NULL.
 *
 * @return NULL, or an error that names the argument or option; an option that only a client has is refused.
 * Owns: as `evercred_source_open_managed`. Blocks: likewise. Threads: any; `overrides` by one at a time.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_source_open_managed_with(evercred_client *client,
                                                  const evercred_config *overrides,
                                                  const char *secret_name,
                                                  evercred_source **source_out);

/**
 * The source's name in reports and logs; it holds no secret.
 *
 * @return a text that lives as long as the source; "" for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_source_name(const evercred_source *source, size_t *len_out);

/**
 * Hands out the current credential. A fresh one comes at once, without a lock or a system call; otherwise the call waits
 * for a refresh, at most `timeout_ms` (0: not at all; negative: the option `total_timeout_ms`), and hands out the value
 * held where that is still usable, with its state.
 *
 * @return NULL, or an error: TIMEOUT, CLOSED, or why the refresh failed.
 * Owns: the caller gets `*credential_out` and frees it with `evercred_credential_free`. Blocks: at most `timeout_ms`.
 * Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_source_get(const evercred_source *source,
                                    int64_t timeout_ms,
                                    evercred_credential **credential_out);

/**
 * Hands out what is held, whatever its state; nothing is waited for or started. Where nothing is held yet,
 * `*credential_out` is NULL and that is no error.
 *
 * @return NULL, or an error.
 * Owns: the caller gets `*credential_out` and frees it with `evercred_credential_free`. Blocks: no. Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE evercred_error *evercred_source_peek(const evercred_source *source, evercred_credential **credential_out);

/**
 * Asks the cloud now, whatever is held, and waits for that answer at most `timeout_ms` (as in `evercred_source_get`).
 *
 * @return NULL, or an error: why it failed, TIMEOUT, CLOSED, or RATE_LIMITED where that was done too often lately
 * (`forced_refresh_burst`). What is held stays.
 * Owns: the caller gets `*credential_out` and frees it with `evercred_credential_free`. Blocks: at most `timeout_ms`.
 * Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_source_refresh(const evercred_source *source,
                                        int64_t timeout_ms,
                                        evercred_credential **credential_out);

/**
 * Says that the service refused this credential, such as a database that answers "access denied", or a cloud that does
 * not know the access key any more. Where it is still the current one, one refresh starts, however many threads report it,
 * and the next `get` waits for another value, at most its timeout and `rejected_settle_ms`; where there is none, it hands out
 * the refused one, in state REJECTED. An old one is nothing.
 *
 * @return NULL, or an error: RATE_LIMITED where too many were reported lately (`forced_refresh_burst`), CLOSED, or
 * INVALID_ARGUMENT for another source's credential.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_source_report_rejected(const evercred_source *source,
                                                const evercred_credential *credential);

/**
 * Whether a code that the service answered with means that it refuses the value: a driver's number or SQL state, an SDK's
 * error code, as a text. Any program can so do what the official plugin's handlers do: judge what a failed call says, and
 * where that is true, report the credential, get another one and repeat the call once. The option `rejected_codes` lists
 * the codes; case does not matter.
 *
 * @return the answer; false for NULL and for a text that is not UTF-8.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API
bool evercred_source_judge(const evercred_source *source,
                           const char *provider_code);

/**
 * Says how the source is: state, expiry, next refresh, failures, last error.
 *
 * @return NULL, or an error.
 * Owns: the caller gets `*status_out` and frees it with `evercred_status_free`. Blocks: no. Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE evercred_error *evercred_source_status(const evercred_source *source, evercred_status **status_out);

/**
 * Where the source's generation stands in memory, for wrappers whose hot path is to stay in their own language: read it
 * atomically, with acquire order. As long as it equals the generation of a credential, `evercred_source_get` would hand
 * out that credential again, at once. 0: call `evercred_source_get`, which has to look further (the value is about to
 * end, stale, ended or refused), or nobody watches (lazy mode, a forked child before its first call, a closed client).
 *
 * @return the address, aligned to 8 bytes and readable until the source is freed; NULL for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const uint64_t *evercred_source_generation_address(const evercred_source *source);

/**
 * Frees a source. Credentials that it handed out live on. NULL is nothing.
 *
 * Owns: takes `source`. Blocks: no. Threads: any, also while others wait in calls that began earlier.
 */
EVERCRED_API void evercred_source_free(evercred_source *source);

/**
 * How good the value held is: an `EVERCRED_STATE_` number.
 *
 * @return the number; `EVERCRED_STATE_EMPTY` for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int32_t evercred_status_state(const evercred_status *status);

/**
 * Where the value held came from: an `EVERCRED_ORIGIN_` number.
 *
 * @return the number; `EVERCRED_ORIGIN_NONE` for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int32_t evercred_status_origin(const evercred_status *status);

/**
 * When the value held ends, in milliseconds since 1970 on this machine's wall clock.
 *
 * @return the time; 0 where it is not known, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_status_expires_at_ms(const evercred_status *status);

/**
 * When its renewal is due, in milliseconds since 1970 on this machine's wall clock.
 *
 * @return the time; 0 where it is renewed only when asked, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_status_renew_at_ms(const evercred_status *status);

/**
 * When the background asks the cloud next, in milliseconds since 1970 on this machine's wall clock.
 *
 * @return the time; 0 where nothing is planned (lazy mode, before the first `get`), and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_status_next_refresh_at_ms(const evercred_status *status);

/**
 * When a fetch last brought a value, in milliseconds since 1970 on this machine's wall clock.
 *
 * @return the time; 0 where none has, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_status_last_success_at_ms(const evercred_status *status);

/**
 * How many refreshes have failed in a row.
 *
 * @return the number; 0 for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API uint32_t evercred_status_failures(const evercred_status *status);

/**
 * Why the last refresh failed.
 *
 * @return an error that belongs to the status and lives as long: never free it. NULL where the last refresh succeeded,
 * and for NULL.
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
 * How many fetches were tried so far.
 *
 * @return the number; 0 for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API uint64_t evercred_status_requests(const evercred_status *status);

/**
 * How many reports of refusal were acted upon so far.
 *
 * @return the number; 0 for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API uint64_t evercred_status_rejections(const evercred_status *status);

/**
 * How far the cloud's clock is ahead of this machine's, in milliseconds, where the signing time had to be corrected.
 *
 * @return the time, negative where this machine is ahead; 0 where they agree, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_status_clock_skew_ms(const evercred_status *status);

/**
 * How long the service says that the last rotation took, in milliseconds.
 *
 * @return the time; -1 where the service does not say, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_status_last_rotation_cost_ms(const evercred_status *status);

/**
 * When the service means to rotate a managed secret next, in milliseconds since 1970.
 *
 * @return the time; 0 where it does not say, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_status_next_rotation_at_ms(const evercred_status *status);

/**
 * How long a managed secret's value lasts between two rotations, in milliseconds.
 *
 * @return the time; 0 where the service does not say, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_status_rotation_interval_ms(const evercred_status *status);

/**
 * When a managed access key was made, in milliseconds since 1970, by the secret's `GenerateTimestamp`.
 *
 * @return the time; 0 where the secret does not say, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API int64_t evercred_status_generated_at_ms(const evercred_status *status);

/**
 * Whether requests are encrypted and servers' certificates checked (the options `tls_verify`, `tencent_scheme`,
 * `aliyun_scheme` and `aliyun_regions`).
 *
 * @return the answer; true for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API bool evercred_status_tls_verified(const evercred_status *status);

/**
 * Whether the service should have rotated the value by now, a quarter of an hour of grace included, and still hands out
 * the old one.
 *
 * @return the answer; false for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API bool evercred_status_rotation_overdue(const evercred_status *status);

/**
 * What the service says of its last rotation, such as "success". The length in bytes goes to `len_out`, unless that is NULL.
 *
 * @return a NUL-terminated UTF-8 text that lives as long as the status; "" where nothing is known, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API
const char *evercred_status_rotation_status(const evercred_status *status,
                                            size_t *len_out);

/**
 * Which login identity was used, and why others were skipped. The length in bytes goes to `len_out`, unless that is NULL.
 *
 * @return a NUL-terminated UTF-8 text that lives as long as the status; "" where nothing is known, and for NULL.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API
const char *evercred_status_identity_explanation(const evercred_status *status,
                                                 size_t *len_out);

/**
 * Frees a status. NULL is nothing.
 *
 * Owns: takes `status`. Blocks: no. Threads: any.
 */
EVERCRED_API void evercred_status_free(evercred_status *status);

/**
 * Listens from now on to what happens to one source, or for NULL to all sources of the client, login identities among
 * them, and to its CA files. A source whose last handle is freed has no more events: hold those that matter.
 *
 * @return NULL, or an error: CLOSED, or INVALID_ARGUMENT for another client's source.
 * Owns: the caller gets `*subscription_out` and frees it with `evercred_subscription_free`. Blocks: no. Threads: any.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_subscription_open(evercred_client *client,
                                           const evercred_source *source,
                                           evercred_subscription **subscription_out);

/**
 * Hands out the next event; one is waited for at most `timeout_ms` (0: not at all; negative: the option
 * `total_timeout_ms`). Where none came, `*event_out` is NULL and that is no error.
 *
 * @return NULL, or an error: CLOSED once the client was closed and all events from before it are fetched, at once for
 * who waits; INVALID_ARGUMENT in a forked child for its parent's subscription.
 * Owns: the caller gets `*event_out` and frees it with `evercred_event_free`. Blocks: at most `timeout_ms`.
 * Threads: one at a time.
 */
EVERCRED_API EVERCRED_MUST_USE
evercred_error *evercred_subscription_next(evercred_subscription *subscription,
                                           int64_t timeout_ms,
                                           evercred_event **event_out);

/**
 * A descriptor for `poll`, `epoll` and event loops. It is readable as long as events wait, and for good once the client
 * was closed: then call `evercred_subscription_next` with a timeout of 0 until it hands out none. Never read, write or
 * close it.
 *
 * @return the descriptor, which lives as long as the subscription; -1 where there can be none (the limit of open files, a
 * forked child, a system without them), and for NULL.
 * Owns: nothing. Blocks: no. Threads: one at a time.
 */
EVERCRED_API
int32_t evercred_subscription_descriptor(evercred_subscription *subscription);

/**
 * Frees a subscription and closes its descriptor. Events that it handed out live on. NULL is nothing.
 *
 * Owns: takes `subscription`. Blocks: no. Threads: one at a time.
 */
EVERCRED_API void evercred_subscription_free(evercred_subscription *subscription);

/**
 * The library's version, such as "0.1.0"; that of the header is `EVERCRED_VERSION`.
 *
 * @return a text that lives as long as the library.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_version(void);

/**
 * The number of the contract that this header describes; it grows when something is taken away or changed, never when
 * something is added. Compare it with `EVERCRED_ABI_VERSION` before the first call.
 *
 * @return the number.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API uint32_t evercred_abi_version(void);

/**
 * The name of an error's number, such as "EVERCRED_E_CLOSED".
 *
 * @return a text that lives as long as the library; "EVERCRED_E_UNKNOWN" for a number that this version does not know.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API const char *evercred_code_name(int32_t code);

/**
 * How many handles were handed out and not freed yet: 0 at the end of a program that frees what it got. Credentials are
 * counted in debug builds only, since the count would be the slowest part of `evercred_source_get`.
 *
 * @return the number.
 * Owns: nothing. Blocks: no. Threads: any.
 */
EVERCRED_API uint64_t evercred_live_handles(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* EVERCRED_H */
