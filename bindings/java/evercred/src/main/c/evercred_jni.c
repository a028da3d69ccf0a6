/* Generated from include/evercred.h by dev.evercred.generator.Generator. */
#include <evercred.h>
#include <jni.h>

/* The functions of the one shared libevercred, which is opened while the program runs. */
static struct {
    __typeof__(evercred_client_new) *evercred_client_new;
    __typeof__(evercred_client_report) *evercred_client_report;
    __typeof__(evercred_client_close) *evercred_client_close;
    __typeof__(evercred_client_free) *evercred_client_free;
    __typeof__(evercred_config_new) *evercred_config_new;
    __typeof__(evercred_config_set) *evercred_config_set;
    __typeof__(evercred_config_load_file) *evercred_config_load_file;
    __typeof__(evercred_config_load_environment) *evercred_config_load_environment;
    __typeof__(evercred_config_set_log_callback) *evercred_config_set_log_callback;
    __typeof__(evercred_config_set_identity_callback) *evercred_config_set_identity_callback;
    __typeof__(evercred_config_free) *evercred_config_free;
    __typeof__(evercred_credential_kind) *evercred_credential_kind;
    __typeof__(evercred_credential_username) *evercred_credential_username;
    __typeof__(evercred_credential_password) *evercred_credential_password;
    __typeof__(evercred_credential_access_key_id) *evercred_credential_access_key_id;
    __typeof__(evercred_credential_access_key_secret) *evercred_credential_access_key_secret;
    __typeof__(evercred_credential_security_token) *evercred_credential_security_token;
    __typeof__(evercred_credential_secret_value) *evercred_credential_secret_value;
    __typeof__(evercred_credential_version_id) *evercred_credential_version_id;
    __typeof__(evercred_credential_generation) *evercred_credential_generation;
    __typeof__(evercred_credential_origin) *evercred_credential_origin;
    __typeof__(evercred_credential_state) *evercred_credential_state;
    __typeof__(evercred_credential_expires_at_ms) *evercred_credential_expires_at_ms;
    __typeof__(evercred_credential_renew_at_ms) *evercred_credential_renew_at_ms;
    __typeof__(evercred_credential_is_current) *evercred_credential_is_current;
    __typeof__(evercred_credential_free) *evercred_credential_free;
    __typeof__(evercred_error_code) *evercred_error_code;
    __typeof__(evercred_error_message) *evercred_error_message;
    __typeof__(evercred_error_provider_code) *evercred_error_provider_code;
    __typeof__(evercred_error_request_id) *evercred_error_request_id;
    __typeof__(evercred_error_is_retryable) *evercred_error_is_retryable;
    __typeof__(evercred_error_is_user_notification_required) *evercred_error_is_user_notification_required;
    __typeof__(evercred_error_retry_after_ms) *evercred_error_retry_after_ms;
    __typeof__(evercred_error_progress) *evercred_error_progress;
    __typeof__(evercred_error_http_status) *evercred_error_http_status;
    __typeof__(evercred_error_free) *evercred_error_free;
    __typeof__(evercred_event_kind) *evercred_event_kind;
    __typeof__(evercred_event_source_name) *evercred_event_source_name;
    __typeof__(evercred_event_generation) *evercred_event_generation;
    __typeof__(evercred_event_error) *evercred_event_error;
    __typeof__(evercred_event_occurred_at_ms) *evercred_event_occurred_at_ms;
    __typeof__(evercred_event_dropped_before) *evercred_event_dropped_before;
    __typeof__(evercred_event_free) *evercred_event_free;
    __typeof__(evercred_identity_set_key) *evercred_identity_set_key;
    __typeof__(evercred_identity_set_error) *evercred_identity_set_error;
    __typeof__(evercred_report_text) *evercred_report_text;
    __typeof__(evercred_report_free) *evercred_report_free;
    __typeof__(evercred_source_name) *evercred_source_name;
    __typeof__(evercred_source_total_timeout_ms) *evercred_source_total_timeout_ms;
    __typeof__(evercred_source_get) *evercred_source_get;
    __typeof__(evercred_source_try_get) *evercred_source_try_get;
    __typeof__(evercred_source_get_newer) *evercred_source_get_newer;
    __typeof__(evercred_source_peek) *evercred_source_peek;
    __typeof__(evercred_source_refresh) *evercred_source_refresh;
    __typeof__(evercred_source_report_rejected) *evercred_source_report_rejected;
    __typeof__(evercred_source_report_rejected_generation) *evercred_source_report_rejected_generation;
    __typeof__(evercred_source_is_rejection_code) *evercred_source_is_rejection_code;
    __typeof__(evercred_source_status) *evercred_source_status;
    __typeof__(evercred_source_generation_address) *evercred_source_generation_address;
    __typeof__(evercred_source_close) *evercred_source_close;
    __typeof__(evercred_source_free) *evercred_source_free;
    __typeof__(evercred_source_open_database) *evercred_source_open_database;
    __typeof__(evercred_source_open_database_with) *evercred_source_open_database_with;
    __typeof__(evercred_source_open_managed) *evercred_source_open_managed;
    __typeof__(evercred_source_open_managed_with) *evercred_source_open_managed_with;
    __typeof__(evercred_source_open_identity) *evercred_source_open_identity;
    __typeof__(evercred_source_open_identity_with) *evercred_source_open_identity_with;
    __typeof__(evercred_status_state) *evercred_status_state;
    __typeof__(evercred_status_origin) *evercred_status_origin;
    __typeof__(evercred_status_expires_at_ms) *evercred_status_expires_at_ms;
    __typeof__(evercred_status_renew_at_ms) *evercred_status_renew_at_ms;
    __typeof__(evercred_status_next_refresh_at_ms) *evercred_status_next_refresh_at_ms;
    __typeof__(evercred_status_last_success_at_ms) *evercred_status_last_success_at_ms;
    __typeof__(evercred_status_consecutive_failures) *evercred_status_consecutive_failures;
    __typeof__(evercred_status_last_error) *evercred_status_last_error;
    __typeof__(evercred_status_generation) *evercred_status_generation;
    __typeof__(evercred_status_fetches) *evercred_status_fetches;
    __typeof__(evercred_status_rejections) *evercred_status_rejections;
    __typeof__(evercred_status_clock_skew_ms) *evercred_status_clock_skew_ms;
    __typeof__(evercred_status_last_rotation_duration_ms) *evercred_status_last_rotation_duration_ms;
    __typeof__(evercred_status_next_rotation_at_ms) *evercred_status_next_rotation_at_ms;
    __typeof__(evercred_status_rotation_interval_ms) *evercred_status_rotation_interval_ms;
    __typeof__(evercred_status_generated_at_ms) *evercred_status_generated_at_ms;
    __typeof__(evercred_status_is_tls_verified) *evercred_status_is_tls_verified;
    __typeof__(evercred_status_is_rotation_overdue) *evercred_status_is_rotation_overdue;
    __typeof__(evercred_status_rotation_status) *evercred_status_rotation_status;
    __typeof__(evercred_status_identity_explanation) *evercred_status_identity_explanation;
    __typeof__(evercred_status_free) *evercred_status_free;
    __typeof__(evercred_subscription_open) *evercred_subscription_open;
    __typeof__(evercred_subscription_next) *evercred_subscription_next;
    __typeof__(evercred_subscription_descriptor) *evercred_subscription_descriptor;
    __typeof__(evercred_subscription_close) *evercred_subscription_close;
    __typeof__(evercred_subscription_free) *evercred_subscription_free;
    __typeof__(evercred_version) *evercred_version;
    __typeof__(evercred_abi_version) *evercred_abi_version;
    __typeof__(evercred_code_name) *evercred_code_name;
    __typeof__(evercred_live_handles) *evercred_live_handles;
} lib;

static const struct {
    const char *name;
    void **address;
} functions[] = {
    {"evercred_client_new", (void **)&lib.evercred_client_new},
    {"evercred_client_report", (void **)&lib.evercred_client_report},
    {"evercred_client_close", (void **)&lib.evercred_client_close},
    {"evercred_client_free", (void **)&lib.evercred_client_free},
    {"evercred_config_new", (void **)&lib.evercred_config_new},
    {"evercred_config_set", (void **)&lib.evercred_config_set},
    {"evercred_config_load_file", (void **)&lib.evercred_config_load_file},
    {"evercred_config_load_environment", (void **)&lib.evercred_config_load_environment},
    {"evercred_config_set_log_callback", (void **)&lib.evercred_config_set_log_callback},
    {"evercred_config_set_identity_callback", (void **)&lib.evercred_config_set_identity_callback},
    {"evercred_config_free", (void **)&lib.evercred_config_free},
    {"evercred_credential_kind", (void **)&lib.evercred_credential_kind},
    {"evercred_credential_username", (void **)&lib.evercred_credential_username},
    {"evercred_credential_password", (void **)&lib.evercred_credential_password},
    {"evercred_credential_access_key_id", (void **)&lib.evercred_credential_access_key_id},
    {"evercred_credential_access_key_secret", (void **)&lib.evercred_credential_access_key_secret},
    {"evercred_credential_security_token", (void **)&lib.evercred_credential_security_token},
    {"evercred_credential_secret_value", (void **)&lib.evercred_credential_secret_value},
    {"evercred_credential_version_id", (void **)&lib.evercred_credential_version_id},
    {"evercred_credential_generation", (void **)&lib.evercred_credential_generation},
    {"evercred_credential_origin", (void **)&lib.evercred_credential_origin},
    {"evercred_credential_state", (void **)&lib.evercred_credential_state},
    {"evercred_credential_expires_at_ms", (void **)&lib.evercred_credential_expires_at_ms},
    {"evercred_credential_renew_at_ms", (void **)&lib.evercred_credential_renew_at_ms},
    {"evercred_credential_is_current", (void **)&lib.evercred_credential_is_current},
    {"evercred_credential_free", (void **)&lib.evercred_credential_free},
    {"evercred_error_code", (void **)&lib.evercred_error_code},
    {"evercred_error_message", (void **)&lib.evercred_error_message},
    {"evercred_error_provider_code", (void **)&lib.evercred_error_provider_code},
    {"evercred_error_request_id", (void **)&lib.evercred_error_request_id},
    {"evercred_error_is_retryable", (void **)&lib.evercred_error_is_retryable},
    {"evercred_error_is_user_notification_required", (void **)&lib.evercred_error_is_user_notification_required},
    {"evercred_error_retry_after_ms", (void **)&lib.evercred_error_retry_after_ms},
    {"evercred_error_progress", (void **)&lib.evercred_error_progress},
    {"evercred_error_http_status", (void **)&lib.evercred_error_http_status},
    {"evercred_error_free", (void **)&lib.evercred_error_free},
    {"evercred_event_kind", (void **)&lib.evercred_event_kind},
    {"evercred_event_source_name", (void **)&lib.evercred_event_source_name},
    {"evercred_event_generation", (void **)&lib.evercred_event_generation},
    {"evercred_event_error", (void **)&lib.evercred_event_error},
    {"evercred_event_occurred_at_ms", (void **)&lib.evercred_event_occurred_at_ms},
    {"evercred_event_dropped_before", (void **)&lib.evercred_event_dropped_before},
    {"evercred_event_free", (void **)&lib.evercred_event_free},
    {"evercred_identity_set_key", (void **)&lib.evercred_identity_set_key},
    {"evercred_identity_set_error", (void **)&lib.evercred_identity_set_error},
    {"evercred_report_text", (void **)&lib.evercred_report_text},
    {"evercred_report_free", (void **)&lib.evercred_report_free},
    {"evercred_source_name", (void **)&lib.evercred_source_name},
    {"evercred_source_total_timeout_ms", (void **)&lib.evercred_source_total_timeout_ms},
    {"evercred_source_get", (void **)&lib.evercred_source_get},
    {"evercred_source_try_get", (void **)&lib.evercred_source_try_get},
    {"evercred_source_get_newer", (void **)&lib.evercred_source_get_newer},
    {"evercred_source_peek", (void **)&lib.evercred_source_peek},
    {"evercred_source_refresh", (void **)&lib.evercred_source_refresh},
    {"evercred_source_report_rejected", (void **)&lib.evercred_source_report_rejected},
    {"evercred_source_report_rejected_generation", (void **)&lib.evercred_source_report_rejected_generation},
    {"evercred_source_is_rejection_code", (void **)&lib.evercred_source_is_rejection_code},
    {"evercred_source_status", (void **)&lib.evercred_source_status},
    {"evercred_source_generation_address", (void **)&lib.evercred_source_generation_address},
    {"evercred_source_close", (void **)&lib.evercred_source_close},
    {"evercred_source_free", (void **)&lib.evercred_source_free},
    {"evercred_source_open_database", (void **)&lib.evercred_source_open_database},
    {"evercred_source_open_database_with", (void **)&lib.evercred_source_open_database_with},
    {"evercred_source_open_managed", (void **)&lib.evercred_source_open_managed},
    {"evercred_source_open_managed_with", (void **)&lib.evercred_source_open_managed_with},
    {"evercred_source_open_identity", (void **)&lib.evercred_source_open_identity},
    {"evercred_source_open_identity_with", (void **)&lib.evercred_source_open_identity_with},
    {"evercred_status_state", (void **)&lib.evercred_status_state},
    {"evercred_status_origin", (void **)&lib.evercred_status_origin},
    {"evercred_status_expires_at_ms", (void **)&lib.evercred_status_expires_at_ms},
    {"evercred_status_renew_at_ms", (void **)&lib.evercred_status_renew_at_ms},
    {"evercred_status_next_refresh_at_ms", (void **)&lib.evercred_status_next_refresh_at_ms},
    {"evercred_status_last_success_at_ms", (void **)&lib.evercred_status_last_success_at_ms},
    {"evercred_status_consecutive_failures", (void **)&lib.evercred_status_consecutive_failures},
    {"evercred_status_last_error", (void **)&lib.evercred_status_last_error},
    {"evercred_status_generation", (void **)&lib.evercred_status_generation},
    {"evercred_status_fetches", (void **)&lib.evercred_status_fetches},
    {"evercred_status_rejections", (void **)&lib.evercred_status_rejections},
    {"evercred_status_clock_skew_ms", (void **)&lib.evercred_status_clock_skew_ms},
    {"evercred_status_last_rotation_duration_ms", (void **)&lib.evercred_status_last_rotation_duration_ms},
    {"evercred_status_next_rotation_at_ms", (void **)&lib.evercred_status_next_rotation_at_ms},
    {"evercred_status_rotation_interval_ms", (void **)&lib.evercred_status_rotation_interval_ms},
    {"evercred_status_generated_at_ms", (void **)&lib.evercred_status_generated_at_ms},
    {"evercred_status_is_tls_verified", (void **)&lib.evercred_status_is_tls_verified},
    {"evercred_status_is_rotation_overdue", (void **)&lib.evercred_status_is_rotation_overdue},
    {"evercred_status_rotation_status", (void **)&lib.evercred_status_rotation_status},
    {"evercred_status_identity_explanation", (void **)&lib.evercred_status_identity_explanation},
    {"evercred_status_free", (void **)&lib.evercred_status_free},
    {"evercred_subscription_open", (void **)&lib.evercred_subscription_open},
    {"evercred_subscription_next", (void **)&lib.evercred_subscription_next},
    {"evercred_subscription_descriptor", (void **)&lib.evercred_subscription_descriptor},
    {"evercred_subscription_close", (void **)&lib.evercred_subscription_close},
    {"evercred_subscription_free", (void **)&lib.evercred_subscription_free},
    {"evercred_version", (void **)&lib.evercred_version},
    {"evercred_abi_version", (void **)&lib.evercred_abi_version},
    {"evercred_code_name", (void **)&lib.evercred_code_name},
    {"evercred_live_handles", (void **)&lib.evercred_live_handles},
};

#include "support.h"

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_clientNew(JNIEnv *env, jclass class, jlong config, jlongArray client_out) {
    (void)env;
    (void)class;
    evercred_client *client_out_handle = NULL;
    evercred_error *result = lib.evercred_client_new((const evercred_config *)(intptr_t)config, &client_out_handle);
    set_out(env, client_out, client_out_handle);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_clientReport(JNIEnv *env, jclass class, jlong client, jint format, jlongArray report_out) {
    (void)env;
    (void)class;
    evercred_report *report_out_handle = NULL;
    evercred_error *result = lib.evercred_client_report((const evercred_client *)(intptr_t)client, (int32_t)format, &report_out_handle);
    set_out(env, report_out, report_out_handle);
    return (jlong)(intptr_t)result;
}

JNIEXPORT void JNICALL
Java_dev_evercred_Native_clientClose(JNIEnv *env, jclass class, jlong client) {
    (void)env;
    (void)class;
    lib.evercred_client_close((evercred_client *)(intptr_t)client);
}

JNIEXPORT void JNICALL
Java_dev_evercred_Native_clientFree(JNIEnv *env, jclass class, jlong client) {
    (void)env;
    (void)class;
    lib.evercred_client_free((evercred_client *)(intptr_t)client);
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_configNew(JNIEnv *env, jclass class, jlongArray config_out) {
    (void)env;
    (void)class;
    evercred_config *config_out_handle = NULL;
    evercred_error *result = lib.evercred_config_new(&config_out_handle);
    set_out(env, config_out, config_out_handle);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_configSet(JNIEnv *env, jclass class, jlong config, jbyteArray key, jbyteArray value) {
    (void)env;
    (void)class;
    char *key_text = text_in(env, key);
    char *value_text = text_in(env, value);
    evercred_error *result = lib.evercred_config_set((evercred_config *)(intptr_t)config, key_text, value_text);
    text_done(key_text);
    text_done(value_text);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_configLoadFile(JNIEnv *env, jclass class, jlong config, jbyteArray path) {
    (void)env;
    (void)class;
    char *path_text = text_in(env, path);
    evercred_error *result = lib.evercred_config_load_file((evercred_config *)(intptr_t)config, path_text);
    text_done(path_text);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_configLoadEnvironment(JNIEnv *env, jclass class, jlong config) {
    (void)env;
    (void)class;
    evercred_error *result = lib.evercred_config_load_environment((evercred_config *)(intptr_t)config);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_configSetLogCallback(JNIEnv *env, jclass class, jlong config, jint level, jobject callback) {
    (void)env;
    (void)class;
    jobject target = log_target(env, callback);
    if (target == NULL) {
        return 0;
    }
    evercred_error *result = lib.evercred_config_set_log_callback((evercred_config *)(intptr_t)config, (int32_t)level, on_log, target, release_target);
    if (result != NULL) {
        release_target(target);
    }
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_configSetIdentityCallback(JNIEnv *env, jclass class, jlong config, jobject callback) {
    (void)env;
    (void)class;
    jobject target = identity_target(env, callback);
    if (target == NULL) {
        return 0;
    }
    evercred_error *result = lib.evercred_config_set_identity_callback((evercred_config *)(intptr_t)config, on_identity, target, release_target);
    if (result != NULL) {
        release_target(target);
    }
    return (jlong)(intptr_t)result;
}

JNIEXPORT void JNICALL
Java_dev_evercred_Native_configFree(JNIEnv *env, jclass class, jlong config) {
    (void)env;
    (void)class;
    lib.evercred_config_free((evercred_config *)(intptr_t)config);
}

JNIEXPORT jint JNICALL
Java_dev_evercred_Native_credentialKind(JNIEnv *env, jclass class, jlong credential) {
    (void)env;
    (void)class;
    int32_t result = lib.evercred_credential_kind((const evercred_credential *)(intptr_t)credential);
    return (jint)result;
}

JNIEXPORT jbyteArray JNICALL
Java_dev_evercred_Native_credentialUsername(JNIEnv *env, jclass class, jlong credential) {
    (void)env;
    (void)class;
    size_t length = 0;
    const char *result = lib.evercred_credential_username((const evercred_credential *)(intptr_t)credential, &length);
    return bytes_out(env, result, length);
}

JNIEXPORT jbyteArray JNICALL
Java_dev_evercred_Native_credentialPassword(JNIEnv *env, jclass class, jlong credential) {
    (void)env;
    (void)class;
    size_t length = 0;
    const char *result = lib.evercred_credential_password((const evercred_credential *)(intptr_t)credential, &length);
    return bytes_out(env, result, length);
}

JNIEXPORT jbyteArray JNICALL
Java_dev_evercred_Native_credentialAccessKeyId(JNIEnv *env, jclass class, jlong credential) {
    (void)env;
    (void)class;
    size_t length = 0;
    const char *result = lib.evercred_credential_access_key_id((const evercred_credential *)(intptr_t)credential, &length);
    return bytes_out(env, result, length);
}

JNIEXPORT jbyteArray JNICALL
Java_dev_evercred_Native_credentialAccessKeySecret(JNIEnv *env, jclass class, jlong credential) {
    (void)env;
    (void)class;
    size_t length = 0;
    const char *result = lib.evercred_credential_access_key_secret((const evercred_credential *)(intptr_t)credential, &length);
    return bytes_out(env, result, length);
}

JNIEXPORT jbyteArray JNICALL
Java_dev_evercred_Native_credentialSecurityToken(JNIEnv *env, jclass class, jlong credential) {
    (void)env;
    (void)class;
    size_t length = 0;
    const char *result = lib.evercred_credential_security_token((const evercred_credential *)(intptr_t)credential, &length);
    return bytes_out(env, result, length);
}

JNIEXPORT jbyteArray JNICALL
Java_dev_evercred_Native_credentialSecretValue(JNIEnv *env, jclass class, jlong credential) {
    (void)env;
    (void)class;
    size_t length = 0;
    const char *result = lib.evercred_credential_secret_value((const evercred_credential *)(intptr_t)credential, &length);
    return bytes_out(env, result, length);
}

JNIEXPORT jbyteArray JNICALL
Java_dev_evercred_Native_credentialVersionId(JNIEnv *env, jclass class, jlong credential) {
    (void)env;
    (void)class;
    size_t length = 0;
    const char *result = lib.evercred_credential_version_id((const evercred_credential *)(intptr_t)credential, &length);
    return bytes_out(env, result, length);
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_credentialGeneration(JNIEnv *env, jclass class, jlong credential) {
    (void)env;
    (void)class;
    uint64_t result = lib.evercred_credential_generation((const evercred_credential *)(intptr_t)credential);
    return (jlong)result;
}

JNIEXPORT jint JNICALL
Java_dev_evercred_Native_credentialOrigin(JNIEnv *env, jclass class, jlong credential) {
    (void)env;
    (void)class;
    int32_t result = lib.evercred_credential_origin((const evercred_credential *)(intptr_t)credential);
    return (jint)result;
}

JNIEXPORT jint JNICALL
Java_dev_evercred_Native_credentialState(JNIEnv *env, jclass class, jlong credential) {
    (void)env;
    (void)class;
    int32_t result = lib.evercred_credential_state((const evercred_credential *)(intptr_t)credential);
    return (jint)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_credentialExpiresAtMs(JNIEnv *env, jclass class, jlong credential) {
    (void)env;
    (void)class;
    int64_t result = lib.evercred_credential_expires_at_ms((const evercred_credential *)(intptr_t)credential);
    return (jlong)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_credentialRenewAtMs(JNIEnv *env, jclass class, jlong credential) {
    (void)env;
    (void)class;
    int64_t result = lib.evercred_credential_renew_at_ms((const evercred_credential *)(intptr_t)credential);
    return (jlong)result;
}

JNIEXPORT jboolean JNICALL
Java_dev_evercred_Native_credentialIsCurrent(JNIEnv *env, jclass class, jlong credential) {
    (void)env;
    (void)class;
    bool result = lib.evercred_credential_is_current((const evercred_credential *)(intptr_t)credential);
    return (jboolean)result;
}

JNIEXPORT void JNICALL
Java_dev_evercred_Native_credentialFree(JNIEnv *env, jclass class, jlong credential) {
    (void)env;
    (void)class;
    lib.evercred_credential_free((evercred_credential *)(intptr_t)credential);
}

JNIEXPORT jint JNICALL
Java_dev_evercred_Native_errorCode(JNIEnv *env, jclass class, jlong error) {
    (void)env;
    (void)class;
    int32_t result = lib.evercred_error_code((const evercred_error *)(intptr_t)error);
    return (jint)result;
}

JNIEXPORT jbyteArray JNICALL
Java_dev_evercred_Native_errorMessage(JNIEnv *env, jclass class, jlong error) {
    (void)env;
    (void)class;
    size_t length = 0;
    const char *result = lib.evercred_error_message((const evercred_error *)(intptr_t)error, &length);
    return bytes_out(env, result, length);
}

JNIEXPORT jbyteArray JNICALL
Java_dev_evercred_Native_errorProviderCode(JNIEnv *env, jclass class, jlong error) {
    (void)env;
    (void)class;
    size_t length = 0;
    const char *result = lib.evercred_error_provider_code((const evercred_error *)(intptr_t)error, &length);
    return bytes_out(env, result, length);
}

JNIEXPORT jbyteArray JNICALL
Java_dev_evercred_Native_errorRequestId(JNIEnv *env, jclass class, jlong error) {
    (void)env;
    (void)class;
    size_t length = 0;
    const char *result = lib.evercred_error_request_id((const evercred_error *)(intptr_t)error, &length);
    return bytes_out(env, result, length);
}

JNIEXPORT jboolean JNICALL
Java_dev_evercred_Native_errorIsRetryable(JNIEnv *env, jclass class, jlong error) {
    (void)env;
    (void)class;
    bool result = lib.evercred_error_is_retryable((const evercred_error *)(intptr_t)error);
    return (jboolean)result;
}

JNIEXPORT jboolean JNICALL
Java_dev_evercred_Native_errorIsUserNotificationRequired(JNIEnv *env, jclass class, jlong error) {
    (void)env;
    (void)class;
    bool result = lib.evercred_error_is_user_notification_required((const evercred_error *)(intptr_t)error);
    return (jboolean)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_errorRetryAfterMs(JNIEnv *env, jclass class, jlong error) {
    (void)env;
    (void)class;
    int64_t result = lib.evercred_error_retry_after_ms((const evercred_error *)(intptr_t)error);
    return (jlong)result;
}

JNIEXPORT jint JNICALL
Java_dev_evercred_Native_errorProgress(JNIEnv *env, jclass class, jlong error) {
    (void)env;
    (void)class;
    int32_t result = lib.evercred_error_progress((const evercred_error *)(intptr_t)error);
    return (jint)result;
}

JNIEXPORT jint JNICALL
Java_dev_evercred_Native_errorHttpStatus(JNIEnv *env, jclass class, jlong error) {
    (void)env;
    (void)class;
    int32_t result = lib.evercred_error_http_status((const evercred_error *)(intptr_t)error);
    return (jint)result;
}

JNIEXPORT void JNICALL
Java_dev_evercred_Native_errorFree(JNIEnv *env, jclass class, jlong error) {
    (void)env;
    (void)class;
    lib.evercred_error_free((evercred_error *)(intptr_t)error);
}

JNIEXPORT jint JNICALL
Java_dev_evercred_Native_eventKind(JNIEnv *env, jclass class, jlong event) {
    (void)env;
    (void)class;
    int32_t result = lib.evercred_event_kind((const evercred_event *)(intptr_t)event);
    return (jint)result;
}

JNIEXPORT jbyteArray JNICALL
Java_dev_evercred_Native_eventSourceName(JNIEnv *env, jclass class, jlong event) {
    (void)env;
    (void)class;
    size_t length = 0;
    const char *result = lib.evercred_event_source_name((const evercred_event *)(intptr_t)event, &length);
    return bytes_out(env, result, length);
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_eventGeneration(JNIEnv *env, jclass class, jlong event) {
    (void)env;
    (void)class;
    uint64_t result = lib.evercred_event_generation((const evercred_event *)(intptr_t)event);
    return (jlong)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_eventError(JNIEnv *env, jclass class, jlong event) {
    (void)env;
    (void)class;
    const evercred_error *result = lib.evercred_event_error((const evercred_event *)(intptr_t)event);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_eventOccurredAtMs(JNIEnv *env, jclass class, jlong event) {
    (void)env;
    (void)class;
    int64_t result = lib.evercred_event_occurred_at_ms((const evercred_event *)(intptr_t)event);
    return (jlong)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_eventDroppedBefore(JNIEnv *env, jclass class, jlong event) {
    (void)env;
    (void)class;
    uint64_t result = lib.evercred_event_dropped_before((const evercred_event *)(intptr_t)event);
    return (jlong)result;
}

JNIEXPORT void JNICALL
Java_dev_evercred_Native_eventFree(JNIEnv *env, jclass class, jlong event) {
    (void)env;
    (void)class;
    lib.evercred_event_free((evercred_event *)(intptr_t)event);
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_identitySetKey(JNIEnv *env, jclass class, jlong identity, jbyteArray access_key_id, jbyteArray access_key_secret, jbyteArray security_token, jlong expires_at_ms) {
    (void)env;
    (void)class;
    char *access_key_id_text = text_in(env, access_key_id);
    char *access_key_secret_text = text_in(env, access_key_secret);
    char *security_token_text = text_in(env, security_token);
    evercred_error *result = lib.evercred_identity_set_key((evercred_identity *)(intptr_t)identity, access_key_id_text, access_key_secret_text, security_token_text, (int64_t)expires_at_ms);
    text_done(access_key_id_text);
    text_done(access_key_secret_text);
    text_done(security_token_text);
    return (jlong)(intptr_t)result;
}

JNIEXPORT void JNICALL
Java_dev_evercred_Native_identitySetError(JNIEnv *env, jclass class, jlong identity, jbyteArray reason, jboolean is_retryable) {
    (void)env;
    (void)class;
    char *reason_text = text_in(env, reason);
    lib.evercred_identity_set_error((evercred_identity *)(intptr_t)identity, reason_text, (bool)is_retryable);
    text_done(reason_text);
}

JNIEXPORT jbyteArray JNICALL
Java_dev_evercred_Native_reportText(JNIEnv *env, jclass class, jlong report) {
    (void)env;
    (void)class;
    size_t length = 0;
    const char *result = lib.evercred_report_text((const evercred_report *)(intptr_t)report, &length);
    return bytes_out(env, result, length);
}

JNIEXPORT void JNICALL
Java_dev_evercred_Native_reportFree(JNIEnv *env, jclass class, jlong report) {
    (void)env;
    (void)class;
    lib.evercred_report_free((evercred_report *)(intptr_t)report);
}

JNIEXPORT jbyteArray JNICALL
Java_dev_evercred_Native_sourceName(JNIEnv *env, jclass class, jlong source) {
    (void)env;
    (void)class;
    size_t length = 0;
    const char *result = lib.evercred_source_name((const evercred_source *)(intptr_t)source, &length);
    return bytes_out(env, result, length);
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_sourceTotalTimeoutMs(JNIEnv *env, jclass class, jlong source) {
    (void)env;
    (void)class;
    int64_t result = lib.evercred_source_total_timeout_ms((const evercred_source *)(intptr_t)source);
    return (jlong)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_sourceGet(JNIEnv *env, jclass class, jlong source, jlong timeout_ms, jlongArray credential_out) {
    (void)env;
    (void)class;
    evercred_credential *credential_out_handle = NULL;
    evercred_error *result = lib.evercred_source_get((const evercred_source *)(intptr_t)source, (int64_t)timeout_ms, &credential_out_handle);
    set_out(env, credential_out, credential_out_handle);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_sourceTryGet(JNIEnv *env, jclass class, jlong source, jlongArray credential_out) {
    (void)env;
    (void)class;
    evercred_credential *credential_out_handle = NULL;
    evercred_error *result = lib.evercred_source_try_get((const evercred_source *)(intptr_t)source, &credential_out_handle);
    set_out(env, credential_out, credential_out_handle);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_sourceGetNewer(JNIEnv *env, jclass class, jlong source, jlong generation, jlong timeout_ms, jlongArray credential_out) {
    (void)env;
    (void)class;
    evercred_credential *credential_out_handle = NULL;
    evercred_error *result = lib.evercred_source_get_newer((const evercred_source *)(intptr_t)source, (uint64_t)generation, (int64_t)timeout_ms, &credential_out_handle);
    set_out(env, credential_out, credential_out_handle);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_sourcePeek(JNIEnv *env, jclass class, jlong source, jlongArray credential_out) {
    (void)env;
    (void)class;
    evercred_credential *credential_out_handle = NULL;
    evercred_error *result = lib.evercred_source_peek((const evercred_source *)(intptr_t)source, &credential_out_handle);
    set_out(env, credential_out, credential_out_handle);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_sourceRefresh(JNIEnv *env, jclass class, jlong source, jlong timeout_ms, jlongArray credential_out) {
    (void)env;
    (void)class;
    evercred_credential *credential_out_handle = NULL;
    evercred_error *result = lib.evercred_source_refresh((const evercred_source *)(intptr_t)source, (int64_t)timeout_ms, &credential_out_handle);
    set_out(env, credential_out, credential_out_handle);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_sourceReportRejected(JNIEnv *env, jclass class, jlong source, jlong credential) {
    (void)env;
    (void)class;
    evercred_error *result = lib.evercred_source_report_rejected((const evercred_source *)(intptr_t)source, (const evercred_credential *)(intptr_t)credential);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_sourceReportRejectedGeneration(JNIEnv *env, jclass class, jlong source, jlong generation) {
    (void)env;
    (void)class;
    evercred_error *result = lib.evercred_source_report_rejected_generation((const evercred_source *)(intptr_t)source, (uint64_t)generation);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jboolean JNICALL
Java_dev_evercred_Native_sourceIsRejectionCode(JNIEnv *env, jclass class, jlong source, jbyteArray service_code) {
    (void)env;
    (void)class;
    char *service_code_text = text_in(env, service_code);
    bool result = lib.evercred_source_is_rejection_code((const evercred_source *)(intptr_t)source, service_code_text);
    text_done(service_code_text);
    return (jboolean)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_sourceStatus(JNIEnv *env, jclass class, jlong source, jlongArray status_out) {
    (void)env;
    (void)class;
    evercred_status *status_out_handle = NULL;
    evercred_error *result = lib.evercred_source_status((const evercred_source *)(intptr_t)source, &status_out_handle);
    set_out(env, status_out, status_out_handle);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jobject JNICALL
Java_dev_evercred_Native_sourceGenerationAddress(JNIEnv *env, jclass class, jlong source) {
    (void)env;
    (void)class;
    const uint64_t *result = lib.evercred_source_generation_address((const evercred_source *)(intptr_t)source);
    return (*env)->NewDirectByteBuffer(env, (void *)(intptr_t)result, sizeof *result);
}

JNIEXPORT void JNICALL
Java_dev_evercred_Native_sourceClose(JNIEnv *env, jclass class, jlong source) {
    (void)env;
    (void)class;
    lib.evercred_source_close((const evercred_source *)(intptr_t)source);
}

JNIEXPORT void JNICALL
Java_dev_evercred_Native_sourceFree(JNIEnv *env, jclass class, jlong source) {
    (void)env;
    (void)class;
    lib.evercred_source_free((evercred_source *)(intptr_t)source);
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_sourceOpenDatabase(JNIEnv *env, jclass class, jlong client, jbyteArray region, jbyteArray instance_id, jbyteArray user, jlongArray source_out) {
    (void)env;
    (void)class;
    char *region_text = text_in(env, region);
    char *instance_id_text = text_in(env, instance_id);
    char *user_text = text_in(env, user);
    evercred_source *source_out_handle = NULL;
    evercred_error *result = lib.evercred_source_open_database((const evercred_client *)(intptr_t)client, region_text, instance_id_text, user_text, &source_out_handle);
    text_done(region_text);
    text_done(instance_id_text);
    text_done(user_text);
    set_out(env, source_out, source_out_handle);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_sourceOpenDatabaseWith(JNIEnv *env, jclass class, jlong client, jlong overrides, jbyteArray region, jbyteArray instance_id, jbyteArray user, jlongArray source_out) {
    (void)env;
    (void)class;
    char *region_text = text_in(env, region);
    char *instance_id_text = text_in(env, instance_id);
    char *user_text = text_in(env, user);
    evercred_source *source_out_handle = NULL;
    evercred_error *result = lib.evercred_source_open_database_with((const evercred_client *)(intptr_t)client, (const evercred_config *)(intptr_t)overrides, region_text, instance_id_text, user_text, &source_out_handle);
    text_done(region_text);
    text_done(instance_id_text);
    text_done(user_text);
    set_out(env, source_out, source_out_handle);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_sourceOpenManaged(JNIEnv *env, jclass class, jlong client, jbyteArray secret_name, jlongArray source_out) {
    (void)env;
    (void)class;
    char *secret_name_text = text_in(env, secret_name);
    evercred_source *source_out_handle = NULL;
    evercred_error *result = lib.evercred_source_open_managed((const evercred_client *)(intptr_t)client, secret_name_text, &source_out_handle);
    text_done(secret_name_text);
    set_out(env, source_out, source_out_handle);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_sourceOpenManagedWith(JNIEnv *env, jclass class, jlong client, jlong overrides, jbyteArray secret_name, jlongArray source_out) {
    (void)env;
    (void)class;
    char *secret_name_text = text_in(env, secret_name);
    evercred_source *source_out_handle = NULL;
    evercred_error *result = lib.evercred_source_open_managed_with((const evercred_client *)(intptr_t)client, (const evercred_config *)(intptr_t)overrides, secret_name_text, &source_out_handle);
    text_done(secret_name_text);
    set_out(env, source_out, source_out_handle);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_sourceOpenIdentity(JNIEnv *env, jclass class, jlong client, jbyteArray cloud, jlongArray source_out) {
    (void)env;
    (void)class;
    char *cloud_text = text_in(env, cloud);
    evercred_source *source_out_handle = NULL;
    evercred_error *result = lib.evercred_source_open_identity((const evercred_client *)(intptr_t)client, cloud_text, &source_out_handle);
    text_done(cloud_text);
    set_out(env, source_out, source_out_handle);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_sourceOpenIdentityWith(JNIEnv *env, jclass class, jlong client, jlong overrides, jbyteArray cloud, jlongArray source_out) {
    (void)env;
    (void)class;
    char *cloud_text = text_in(env, cloud);
    evercred_source *source_out_handle = NULL;
    evercred_error *result = lib.evercred_source_open_identity_with((const evercred_client *)(intptr_t)client, (const evercred_config *)(intptr_t)overrides, cloud_text, &source_out_handle);
    text_done(cloud_text);
    set_out(env, source_out, source_out_handle);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jint JNICALL
Java_dev_evercred_Native_statusState(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    int32_t result = lib.evercred_status_state((const evercred_status *)(intptr_t)status);
    return (jint)result;
}

JNIEXPORT jint JNICALL
Java_dev_evercred_Native_statusOrigin(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    int32_t result = lib.evercred_status_origin((const evercred_status *)(intptr_t)status);
    return (jint)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_statusExpiresAtMs(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    int64_t result = lib.evercred_status_expires_at_ms((const evercred_status *)(intptr_t)status);
    return (jlong)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_statusRenewAtMs(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    int64_t result = lib.evercred_status_renew_at_ms((const evercred_status *)(intptr_t)status);
    return (jlong)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_statusNextRefreshAtMs(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    int64_t result = lib.evercred_status_next_refresh_at_ms((const evercred_status *)(intptr_t)status);
    return (jlong)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_statusLastSuccessAtMs(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    int64_t result = lib.evercred_status_last_success_at_ms((const evercred_status *)(intptr_t)status);
    return (jlong)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_statusConsecutiveFailures(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    uint64_t result = lib.evercred_status_consecutive_failures((const evercred_status *)(intptr_t)status);
    return (jlong)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_statusLastError(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    const evercred_error *result = lib.evercred_status_last_error((const evercred_status *)(intptr_t)status);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_statusGeneration(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    uint64_t result = lib.evercred_status_generation((const evercred_status *)(intptr_t)status);
    return (jlong)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_statusFetches(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    uint64_t result = lib.evercred_status_fetches((const evercred_status *)(intptr_t)status);
    return (jlong)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_statusRejections(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    uint64_t result = lib.evercred_status_rejections((const evercred_status *)(intptr_t)status);
    return (jlong)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_statusClockSkewMs(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    int64_t result = lib.evercred_status_clock_skew_ms((const evercred_status *)(intptr_t)status);
    return (jlong)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_statusLastRotationDurationMs(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    int64_t result = lib.evercred_status_last_rotation_duration_ms((const evercred_status *)(intptr_t)status);
    return (jlong)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_statusNextRotationAtMs(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    int64_t result = lib.evercred_status_next_rotation_at_ms((const evercred_status *)(intptr_t)status);
    return (jlong)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_statusRotationIntervalMs(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    int64_t result = lib.evercred_status_rotation_interval_ms((const evercred_status *)(intptr_t)status);
    return (jlong)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_statusGeneratedAtMs(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    int64_t result = lib.evercred_status_generated_at_ms((const evercred_status *)(intptr_t)status);
    return (jlong)result;
}

JNIEXPORT jboolean JNICALL
Java_dev_evercred_Native_statusIsTlsVerified(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    bool result = lib.evercred_status_is_tls_verified((const evercred_status *)(intptr_t)status);
    return (jboolean)result;
}

JNIEXPORT jboolean JNICALL
Java_dev_evercred_Native_statusIsRotationOverdue(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    bool result = lib.evercred_status_is_rotation_overdue((const evercred_status *)(intptr_t)status);
    return (jboolean)result;
}

JNIEXPORT jbyteArray JNICALL
Java_dev_evercred_Native_statusRotationStatus(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    size_t length = 0;
    const char *result = lib.evercred_status_rotation_status((const evercred_status *)(intptr_t)status, &length);
    return bytes_out(env, result, length);
}

JNIEXPORT jbyteArray JNICALL
Java_dev_evercred_Native_statusIdentityExplanation(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    size_t length = 0;
    const char *result = lib.evercred_status_identity_explanation((const evercred_status *)(intptr_t)status, &length);
    return bytes_out(env, result, length);
}

JNIEXPORT void JNICALL
Java_dev_evercred_Native_statusFree(JNIEnv *env, jclass class, jlong status) {
    (void)env;
    (void)class;
    lib.evercred_status_free((evercred_status *)(intptr_t)status);
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_subscriptionOpen(JNIEnv *env, jclass class, jlong client, jlong source, jlongArray subscription_out) {
    (void)env;
    (void)class;
    evercred_subscription *subscription_out_handle = NULL;
    evercred_error *result = lib.evercred_subscription_open((const evercred_client *)(intptr_t)client, (const evercred_source *)(intptr_t)source, &subscription_out_handle);
    set_out(env, subscription_out, subscription_out_handle);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_subscriptionNext(JNIEnv *env, jclass class, jlong subscription, jlong timeout_ms, jlongArray event_out) {
    (void)env;
    (void)class;
    evercred_event *event_out_handle = NULL;
    evercred_error *result = lib.evercred_subscription_next((evercred_subscription *)(intptr_t)subscription, (int64_t)timeout_ms, &event_out_handle);
    set_out(env, event_out, event_out_handle);
    return (jlong)(intptr_t)result;
}

JNIEXPORT jint JNICALL
Java_dev_evercred_Native_subscriptionDescriptor(JNIEnv *env, jclass class, jlong subscription) {
    (void)env;
    (void)class;
    int32_t result = lib.evercred_subscription_descriptor((evercred_subscription *)(intptr_t)subscription);
    return (jint)result;
}

JNIEXPORT void JNICALL
Java_dev_evercred_Native_subscriptionClose(JNIEnv *env, jclass class, jlong subscription) {
    (void)env;
    (void)class;
    lib.evercred_subscription_close((const evercred_subscription *)(intptr_t)subscription);
}

JNIEXPORT void JNICALL
Java_dev_evercred_Native_subscriptionFree(JNIEnv *env, jclass class, jlong subscription) {
    (void)env;
    (void)class;
    lib.evercred_subscription_free((evercred_subscription *)(intptr_t)subscription);
}

JNIEXPORT jbyteArray JNICALL
Java_dev_evercred_Native_version(JNIEnv *env, jclass class) {
    (void)env;
    (void)class;
    const char *result = lib.evercred_version();
    return bytes_out(env, result, strlen(result));
}

JNIEXPORT jint JNICALL
Java_dev_evercred_Native_abiVersion(JNIEnv *env, jclass class) {
    (void)env;
    (void)class;
    uint32_t result = lib.evercred_abi_version();
    return (jint)result;
}

JNIEXPORT jbyteArray JNICALL
Java_dev_evercred_Native_codeName(JNIEnv *env, jclass class, jint code) {
    (void)env;
    (void)class;
    const char *result = lib.evercred_code_name((int32_t)code);
    return bytes_out(env, result, strlen(result));
}

JNIEXPORT jlong JNICALL
Java_dev_evercred_Native_liveHandles(JNIEnv *env, jclass class) {
    (void)env;
    (void)class;
    uint64_t result = lib.evercred_live_handles();
    return (jlong)result;
}
