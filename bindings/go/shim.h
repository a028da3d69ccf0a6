/* Reads all fields of a handle in one call, because each call from Go into C costs more than the reading. */
#ifndef EVERCRED_GO_SHIM_H
#define EVERCRED_GO_SHIM_H

#include "evercred.h"

typedef struct {
    const char *text;
    size_t length;
} evercred_go_text;

typedef struct {
    uint64_t generation;
    int64_t expires_at_ms, renew_at_ms;
    int32_t kind, state, origin;
    evercred_go_text username, password, access_key_id, access_key_secret, security_token, secret_value, version_id;
} evercred_go_credential;

static inline void evercred_go_read_credential(const evercred_credential *from, evercred_go_credential *to) {
    to->generation = evercred_credential_generation(from);
    to->expires_at_ms = evercred_credential_expires_at_ms(from);
    to->renew_at_ms = evercred_credential_renew_at_ms(from);
    to->kind = evercred_credential_kind(from);
    to->state = evercred_credential_state(from);
    to->origin = evercred_credential_origin(from);
    to->username.text = evercred_credential_username(from, &to->username.length);
    to->password.text = evercred_credential_password(from, &to->password.length);
    to->access_key_id.text = evercred_credential_access_key_id(from, &to->access_key_id.length);
    to->access_key_secret.text = evercred_credential_access_key_secret(from, &to->access_key_secret.length);
    to->security_token.text = evercred_credential_security_token(from, &to->security_token.length);
    to->secret_value.text = evercred_credential_secret_value(from, &to->secret_value.length);
    to->version_id.text = evercred_credential_version_id(from, &to->version_id.length);
}

typedef struct {
    int64_t retry_after_ms;
    int32_t code, progress, http_status;
    bool is_retryable, is_user_notification_required;
    evercred_go_text message, provider_code, request_id;
} evercred_go_error;

static inline void evercred_go_read_error(const evercred_error *from, evercred_go_error *to) {
    to->retry_after_ms = evercred_error_retry_after_ms(from);
    to->code = evercred_error_code(from);
    to->progress = evercred_error_progress(from);
    to->http_status = evercred_error_http_status(from);
    to->is_retryable = evercred_error_is_retryable(from);
    to->is_user_notification_required = evercred_error_is_user_notification_required(from);
    to->message.text = evercred_error_message(from, &to->message.length);
    to->provider_code.text = evercred_error_provider_code(from, &to->provider_code.length);
    to->request_id.text = evercred_error_request_id(from, &to->request_id.length);
}

typedef struct {
    uint64_t generation, dropped_before;
    int64_t occurred_at_ms;
    int32_t kind;
    evercred_go_text source_name;
    const evercred_error *error;
} evercred_go_event;

static inline void evercred_go_read_event(const evercred_event *from, evercred_go_event *to) {
    to->generation = evercred_event_generation(from);
    to->dropped_before = evercred_event_dropped_before(from);
    to->occurred_at_ms = evercred_event_occurred_at_ms(from);
    to->kind = evercred_event_kind(from);
    to->source_name.text = evercred_event_source_name(from, &to->source_name.length);
    to->error = evercred_event_error(from);
}

typedef struct {
    int64_t expires_at_ms, renew_at_ms, next_refresh_at_ms, last_success_at_ms, next_rotation_at_ms, generated_at_ms;
    int64_t clock_skew_ms, last_rotation_duration_ms, rotation_interval_ms;
    uint64_t consecutive_failures, generation, fetches, rejections;
    int32_t state, origin;
    bool is_tls_verified, is_rotation_overdue;
    evercred_go_text rotation_status, identity_explanation;
    const evercred_error *last_error;
} evercred_go_status;

static inline void evercred_go_read_status(const evercred_status *from, evercred_go_status *to) {
    to->expires_at_ms = evercred_status_expires_at_ms(from);
    to->renew_at_ms = evercred_status_renew_at_ms(from);
    to->next_refresh_at_ms = evercred_status_next_refresh_at_ms(from);
    to->last_success_at_ms = evercred_status_last_success_at_ms(from);
    to->next_rotation_at_ms = evercred_status_next_rotation_at_ms(from);
    to->generated_at_ms = evercred_status_generated_at_ms(from);
    to->clock_skew_ms = evercred_status_clock_skew_ms(from);
    to->last_rotation_duration_ms = evercred_status_last_rotation_duration_ms(from);
    to->rotation_interval_ms = evercred_status_rotation_interval_ms(from);
    to->consecutive_failures = evercred_status_consecutive_failures(from);
    to->generation = evercred_status_generation(from);
    to->fetches = evercred_status_fetches(from);
    to->rejections = evercred_status_rejections(from);
    to->state = evercred_status_state(from);
    to->origin = evercred_status_origin(from);
    to->is_tls_verified = evercred_status_is_tls_verified(from);
    to->is_rotation_overdue = evercred_status_is_rotation_overdue(from);
    to->rotation_status.text = evercred_status_rotation_status(from, &to->rotation_status.length);
    to->identity_explanation.text = evercred_status_identity_explanation(from, &to->identity_explanation.length);
    to->last_error = evercred_status_last_error(from);
}

#endif
