/* Bad input and refusals: code and message are right, outputs are NULL, and no message holds a secret. */
#include "common.h"

/* The value of an output variable before a call that must fail. */
static char poison;

/* Checks the properties of every error, and frees it. */
static void inspect(evercred_error *error, const char *part) {
    size_t length = 0;
    const char *message = evercred_error_message(error, &length);
    CHECK(length > 0 && length == strlen(message));
    CHECK_LACKS(message, TEST_SECRET_KEY);
    if (part != NULL) {
        CHECK_HAS(message, part);
    }
    evercred_error_free(error);
}

#define BAD(code, part, call) inspect(FAILS(code, call), part)

/* The same for a call with an output, which must be NULL afterwards. */
#define BAD_OUT(type, code, part, call)                                                                                \
    do {                                                                                                               \
        type *out = (type *)(void *)&poison;                                                                           \
        inspect(FAILS(code, call), part);                                                                              \
        CHECK(out == NULL);                                                                                            \
    } while (0)

#define INVALID EVERCRED_E_INVALID_ARGUMENT

static void null_and_malformed_arguments(void) {
    evercred_config *config = test_config();
    evercred_client *client = client_with(config);
    evercred_source *source = test_source(client);
    evercred_credential *credential = test_get(source);
    const char *not_utf8 = "\xff\xfe";

    BAD(INVALID, "config_out", evercred_config_new(NULL));
    BAD(INVALID, "config", evercred_config_set(NULL, "proxy", "none"));
    BAD(INVALID, "key", evercred_config_set(config, NULL, "none"));
    BAD(INVALID, "value", evercred_config_set(config, "proxy", NULL));
    BAD(INVALID, "key", evercred_config_set(config, not_utf8, "none"));
    BAD(INVALID, "value", evercred_config_set(config, "proxy", not_utf8));
    BAD(INVALID, "config", evercred_config_load_file(NULL, "evercred.conf"));
    BAD(INVALID, "path", evercred_config_load_file(config, NULL));
    BAD(INVALID, "config", evercred_config_load_environment(NULL));
    BAD(INVALID, "config", evercred_config_set_log_callback(NULL, EVERCRED_LOG_INFO, NULL, NULL, NULL));

    BAD(INVALID, "client_out", evercred_client_new(config, NULL));
    BAD_OUT(evercred_report, INVALID, "client", evercred_client_report(NULL, EVERCRED_REPORT_JSON, &out));
    BAD(INVALID, "report_out", evercred_client_report(client, EVERCRED_REPORT_JSON, NULL));
    BAD_OUT(evercred_report, INVALID, "format", evercred_client_report(client, 99, &out));

    BAD_OUT(evercred_source, INVALID, "client",
            evercred_source_open_database(NULL, TEST_REGION, TEST_INSTANCE, TEST_USER, &out));
    BAD_OUT(evercred_source, INVALID, "region",
            evercred_source_open_database(client, NULL, TEST_INSTANCE, TEST_USER, &out));
    BAD_OUT(evercred_source, INVALID, "instance_id",
            evercred_source_open_database(client, TEST_REGION, NULL, TEST_USER, &out));
    BAD_OUT(evercred_source, INVALID, "user",
            evercred_source_open_database(client, TEST_REGION, TEST_INSTANCE, NULL, &out));
    BAD(INVALID, "source_out", evercred_source_open_database(client, TEST_REGION, TEST_INSTANCE, TEST_USER, NULL));
    BAD_OUT(evercred_source, INVALID, "region",
            evercred_source_open_database(client, "", TEST_INSTANCE, TEST_USER, &out));
    BAD_OUT(evercred_source, INVALID, "instance",
            evercred_source_open_database(client, TEST_REGION, "", TEST_USER, &out));
    BAD_OUT(evercred_source, INVALID, "user",
            evercred_source_open_database(client, TEST_REGION, TEST_INSTANCE, "", &out));
    BAD_OUT(evercred_source, INVALID, "region",
            evercred_source_open_database(client, not_utf8, TEST_INSTANCE, TEST_USER, &out));
    BAD_OUT(evercred_source, INVALID, "instance",
            evercred_source_open_database(client, TEST_REGION, not_utf8, TEST_USER, &out));
    BAD_OUT(evercred_source, INVALID, "user",
            evercred_source_open_database(client, TEST_REGION, TEST_INSTANCE, not_utf8, &out));
    BAD_OUT(evercred_source, INVALID, "client",
            evercred_source_open_database_with(NULL, config, TEST_REGION, TEST_INSTANCE, TEST_USER, &out));
    BAD_OUT(evercred_source, INVALID, "region",
            evercred_source_open_database_with(client, config, NULL, TEST_INSTANCE, TEST_USER, &out));
    BAD(INVALID, "source_out",
        evercred_source_open_database_with(client, config, TEST_REGION, TEST_INSTANCE, TEST_USER, NULL));

    BAD_OUT(evercred_credential, INVALID, "source", evercred_source_get(NULL, 0, &out));
    BAD(INVALID, "credential_out", evercred_source_get(source, 0, NULL));
    BAD_OUT(evercred_credential, INVALID, "source", evercred_source_peek(NULL, &out));
    BAD(INVALID, "credential_out", evercred_source_peek(source, NULL));
    BAD_OUT(evercred_credential, INVALID, "source", evercred_source_refresh(NULL, 0, &out));
    BAD(INVALID, "credential_out", evercred_source_refresh(source, 0, NULL));
    BAD(INVALID, "source", evercred_source_report_rejected(NULL, credential));
    BAD(INVALID, "credential", evercred_source_report_rejected(source, NULL));
    evercred_source *other = NULL;
    OK(evercred_source_open_database(client, TEST_REGION, TEST_INSTANCE, "somebody_else", &other));
    BAD(INVALID, "credential", evercred_source_report_rejected(other, credential));
    evercred_source_free(other);
    BAD_OUT(evercred_status, INVALID, "source", evercred_source_status(NULL, &out));
    BAD(INVALID, "status_out", evercred_source_status(source, NULL));

    /* The same handles still work. */
    evercred_credential *again = test_get(source);
    CHECK(same_password(credential, again));
    evercred_credential_free(again);
    evercred_credential_free(credential);
    evercred_source_free(source);
    evercred_client_free(client);
    evercred_config_free(config);
}

static void options(void) {
    evercred_config *config = test_config();
    BAD(EVERCRED_E_UNKNOWN_OPTION, "tencent_secret_key", evercred_config_set(config, "tencent_secret_kee", "x"));
    BAD(EVERCRED_E_UNKNOWN_OPTION, "total_timeout_ms", evercred_config_set(config, "total_timeout", "5"));
    BAD(EVERCRED_E_INVALID_OPTION, "total_timeout_ms", evercred_config_set(config, "total_timeout_ms", "soon"));
    BAD(EVERCRED_E_INVALID_OPTION, "total_timeout_ms", evercred_config_set(config, "total_timeout_ms", "-5"));
    BAD(EVERCRED_E_INVALID_OPTION, "poll_interval_ms",
        evercred_config_set(config, "poll_interval_ms", "99999999999999999999999"));
    BAD(EVERCRED_E_INVALID_OPTION, "refresh", evercred_config_set(config, "refresh", "sometimes"));
    BAD(EVERCRED_E_INVALID_OPTION, "tls_verify", evercred_config_set(config, "tls_verify", "perhaps"));
    BAD(EVERCRED_E_INVALID_OPTION, "tencent_scheme", evercred_config_set(config, "tencent_scheme", "gopher"));
    BAD(EVERCRED_E_FILE, "no-such-file.conf", evercred_config_load_file(config, "no-such-folder/no-such-file.conf"));
    evercred_config_free(config);
}

/* The library may read the CA file in any of these calls; the one that reads it fails. */
static void unreadable_ca(void) {
    evercred_config *config = test_config();
    OK(evercred_config_set(config, "tencent_scheme", "https"));
    evercred_client *client = NULL;
    evercred_source *source = NULL;
    evercred_credential *credential = NULL;
    evercred_error *error = evercred_config_set(config, "ca_file", "no-such-folder/no-such-ca.pem");
    if (error == NULL) {
        error = evercred_client_new(config, &client);
    }
    if (error == NULL) {
        error = evercred_source_open_database(client, TEST_REGION, TEST_INSTANCE, TEST_USER, &source);
    }
    if (error == NULL) {
        error = evercred_source_get(source, 5000 * slowdown(), &credential);
    }
    BAD(EVERCRED_E_FILE, "no-such-ca.pem", error);
    CHECK(credential == NULL);
    evercred_source_free(source);
    evercred_client_free(client);
    evercred_config_free(config);
}

/* A login identity in a file that cannot be read. */
static void unreadable_profile(void) {
    evercred_config *config = test_config();
    OK(evercred_config_set(config, "tencent_identity", "profile"));
    OK(evercred_config_set(config, "tencent_credentials_file", "no-such-folder/no-such-profile"));
    OK(evercred_config_set(config, "max_attempts", "1"));
    evercred_client *client = client_with(config);
    evercred_source *source = test_source(client);
    BAD_OUT(evercred_credential, EVERCRED_E_FILE, "no-such-profile",
            evercred_source_get(source, 5000 * slowdown(), &out));
    evercred_source_free(source);
    evercred_client_free(client);
    evercred_config_free(config);
}

/* Keys that the cloud does not accept: the error keeps the cloud's code and does not hold the key. */
static void refused(const char *secret_id, const char *secret_key, const char *provider_code) {
    evercred_config *config = test_config();
    OK(evercred_config_set(config, "tencent_secret_id", secret_id));
    OK(evercred_config_set(config, "tencent_secret_key", secret_key));
    evercred_client *client = client_with(config);
    evercred_source *source = test_source(client);

    evercred_credential *credential = (evercred_credential *)(void *)&poison;
    evercred_error *error = FAILS(EVERCRED_E_REFUSED, evercred_source_get(source, 10000 * slowdown(), &credential));
    CHECK(credential == NULL);
    size_t length = 0;
    CHECK_HAS(evercred_error_provider_code(error, &length), provider_code);
    CHECK_INT(strlen(provider_code), length);
    CHECK(evercred_error_request_id(error, &length)[0] != '\0' && length > 0);
    CHECK(evercred_error_is_user_notification_required(error));
    CHECK(!evercred_error_is_retryable(error));
    CHECK_INT(EVERCRED_PROGRESS_ANSWERED, evercred_error_progress(error));
    CHECK_INT(200, evercred_error_http_status(error));
    CHECK_LACKS(evercred_error_message(error, NULL), secret_key);

    evercred_status *status = NULL;
    OK(evercred_source_status(source, &status));
    const evercred_error *last = evercred_status_last_error(status);
    CHECK(last != NULL);
    CHECK_INT(EVERCRED_E_REFUSED, evercred_error_code(last));
    CHECK_LACKS(evercred_error_message(last, NULL), secret_key);
    CHECK(evercred_status_consecutive_failures(status) >= 1);

    evercred_status_free(status);
    inspect(error, NULL);
    evercred_source_free(source);
    evercred_client_free(client);
    evercred_config_free(config);
}

static void unknown_account(void) {
    evercred_client *client = test_client(NULL, NULL);
    evercred_source *source = NULL;
    OK(evercred_source_open_database(client, TEST_REGION, TEST_INSTANCE, "nobody", &source));
    evercred_credential *credential = (evercred_credential *)(void *)&poison;
    evercred_error *error = FAILS(EVERCRED_E_REFUSED, evercred_source_get(source, 10000 * slowdown(), &credential));
    CHECK(credential == NULL);
    CHECK_HAS(evercred_error_provider_code(error, NULL), "FailedOperation.FlowAuthIllegal");
    inspect(error, NULL);
    evercred_source_free(source);
    evercred_client_free(client);
}

/* A cold source with a timeout of 0, and one whose endpoint does not answer. */
static void no_answer(void) {
    evercred_client *client = test_client(NULL, NULL);
    evercred_source *source = test_source(client);
    BAD_OUT(evercred_credential, EVERCRED_E_TIMEOUT, NULL, evercred_source_get(source, 0, &out));
    evercred_source_free(source);
    evercred_client_free(client);

    /* Port 1 of loopback has no listener. */
    client = test_client("tencent_endpoint", "127.0.0.1:1");
    source = test_source(client);
    evercred_credential *credential = (evercred_credential *)(void *)&poison;
    evercred_error *error = evercred_source_get(source, 1500, &credential);
    CHECK(error != NULL && credential == NULL);
    CHECK(evercred_error_code(error) == EVERCRED_E_NETWORK || evercred_error_code(error) == EVERCRED_E_TIMEOUT);
    CHECK(evercred_error_is_retryable(error));
    CHECK(!evercred_error_is_user_notification_required(error));
    CHECK_INT(EVERCRED_PROGRESS_NOT_SENT, evercred_error_progress(error));
    CHECK_INT(0, evercred_error_http_status(error));
    inspect(error, NULL);
    evercred_source_free(source);
    evercred_client_free(client);
}

/* The token requests fail in this way. The error says how far the request got. */
static void request_got(const char *fault, int32_t code, int32_t progress, int32_t http_status) {
    char body[256];
    snprintf(body, sizeof body, "{\"action\":\"" TEST_ACTION "\",\"times\":1000,%s}", fault);
    control("fault", body, NULL);
    evercred_client *client = test_client("max_attempts", "1");
    evercred_source *source = test_source(client);
    evercred_credential *credential = (evercred_credential *)(void *)&poison;
    evercred_error *error = FAILS(code, evercred_source_get(source, 10000 * slowdown(), &credential));
    CHECK(credential == NULL && evercred_error_is_retryable(error));
    CHECK_INT(progress, evercred_error_progress(error));
    CHECK_INT(http_status, evercred_error_http_status(error));
    inspect(error, NULL);
    evercred_source_free(source);
    evercred_client_free(client);
    control_clear_faults();
}

int main(void) {
    test_begin("errors");
    null_and_malformed_arguments();
    options();
    unreadable_ca();
    unreadable_profile();
    refused("AKIDnobodyknowsthisone00000000000000", "thisKeyIsNobodys0000000000000000", "AuthFailure.SecretIdNotFound");
    refused(TEST_SECRET_ID, "thisKeyIsNobodys0000000000000000", "AuthFailure.SignatureFailure");
    unknown_account();
    no_answer();
    request_got("\"kind\":\"answer\",\"status\":503", EVERCRED_E_SERVICE, EVERCRED_PROGRESS_ANSWERED, 503);
    request_got("\"kind\":\"drop\"", EVERCRED_E_NETWORK, EVERCRED_PROGRESS_PERHAPS_SENT, 0);
    return test_end();
}
