/* Every handle is created, used, closed and freed in each order that a host program may choose. */
#include "common.h"

static void null_is_welcome(void) {
    size_t length = 7;
#define CHECK_EMPTY(call)                                                                                              \
    do {                                                                                                               \
        length = 7;                                                                                                    \
        const char *text = (call);                                                                                     \
        CHECK(text != NULL && text[0] == '\0' && length == 0);                                                         \
    } while (0)

    CHECK_INT(EVERCRED_OK, evercred_error_code(NULL));
    CHECK_EMPTY(evercred_error_message(NULL, &length));
    CHECK_EMPTY(evercred_error_provider_code(NULL, &length));
    CHECK_EMPTY(evercred_error_request_id(NULL, &length));
    CHECK(evercred_error_message(NULL, NULL)[0] == '\0');
    CHECK(!evercred_error_is_retryable(NULL));
    CHECK_INT(EVERCRED_PROGRESS_NOT_SENT, evercred_error_progress(NULL));
    CHECK_INT(0, evercred_error_http_status(NULL));
    CHECK(!evercred_error_is_user_notification_required(NULL));
    CHECK_INT(0, evercred_error_retry_after_ms(NULL));

    CHECK_INT(0, evercred_credential_kind(NULL));
    CHECK_INT(EVERCRED_ORIGIN_NONE, evercred_credential_origin(NULL));
    CHECK_INT(EVERCRED_STATE_EMPTY, evercred_credential_state(NULL));
    CHECK_EMPTY(evercred_credential_username(NULL, &length));
    CHECK_EMPTY(evercred_credential_password(NULL, &length));
    CHECK_EMPTY(evercred_credential_access_key_id(NULL, &length));
    CHECK_EMPTY(evercred_credential_access_key_secret(NULL, &length));
    CHECK_EMPTY(evercred_credential_security_token(NULL, &length));
    CHECK_EMPTY(evercred_credential_version_id(NULL, &length));
    CHECK_INT(0, evercred_credential_generation(NULL));
    CHECK_INT(0, evercred_credential_expires_at_ms(NULL));
    CHECK_INT(0, evercred_credential_renew_at_ms(NULL));
    CHECK(!evercred_credential_is_current(NULL));

    CHECK_INT(EVERCRED_STATE_EMPTY, evercred_status_state(NULL));
    CHECK_INT(EVERCRED_ORIGIN_NONE, evercred_status_origin(NULL));
    CHECK_INT(0, evercred_status_expires_at_ms(NULL));
    CHECK_INT(0, evercred_status_renew_at_ms(NULL));
    CHECK_INT(0, evercred_status_next_refresh_at_ms(NULL));
    CHECK_INT(0, evercred_status_last_success_at_ms(NULL));
    CHECK_INT(0, evercred_status_clock_skew_ms(NULL));
    (void)evercred_status_last_rotation_duration_ms(NULL);
    CHECK_INT(0, evercred_status_consecutive_failures(NULL));
    CHECK_INT(0, evercred_status_generation(NULL));
    CHECK_INT(0, evercred_status_fetches(NULL));
    CHECK(evercred_status_last_error(NULL) == NULL);
    CHECK_EMPTY(evercred_status_rotation_status(NULL, &length));
    CHECK_EMPTY(evercred_status_identity_explanation(NULL, &length));
    (void)evercred_status_is_tls_verified(NULL);

    CHECK_EMPTY(evercred_report_text(NULL, &length));
    CHECK_EMPTY(evercred_source_name(NULL, &length));
    const uint64_t *address = evercred_source_generation_address(NULL);
    CHECK(address == NULL || *address == 0);

    evercred_error_free(NULL);
    evercred_config_free(NULL);
    evercred_client_close(NULL);
    evercred_client_free(NULL);
    evercred_source_free(NULL);
    evercred_credential_free(NULL);
    evercred_status_free(NULL);
    evercred_report_free(NULL);
#undef CHECK_EMPTY
}

static void versions_agree(void) {
    CHECK(strcmp(EVERCRED_VERSION, evercred_version()) == 0);
    CHECK_INT(EVERCRED_ABI_VERSION, evercred_abi_version());
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", EVERCRED_VERSION_MAJOR, EVERCRED_VERSION_MINOR,
             EVERCRED_VERSION_PATCH);
    CHECK(strcmp(EVERCRED_VERSION, version) == 0);
    CHECK_HAS(evercred_code_name(EVERCRED_E_CLOSED), "CLOSED");
    CHECK(evercred_code_name(-12345) != NULL);
}

static void look_closely(const evercred_source *source, const evercred_credential *credential) {
    size_t length = 0;
    const char *password = evercred_credential_password(credential, &length);
    CHECK(length > 0 && length == strlen(password));
    const char *user = evercred_credential_username(credential, &length);
    CHECK(strcmp(user, TEST_USER) == 0 && length == strlen(TEST_USER));
    CHECK_INT(EVERCRED_KIND_PASSWORD, evercred_credential_kind(credential));
    CHECK_INT(EVERCRED_ORIGIN_CLOUD, evercred_credential_origin(credential));
    CHECK_INT(EVERCRED_STATE_FRESH, evercred_credential_state(credential));
    CHECK(evercred_credential_access_key_id(credential, NULL)[0] == '\0');
    CHECK(evercred_credential_access_key_secret(credential, NULL)[0] == '\0');
    CHECK(evercred_credential_security_token(credential, NULL)[0] == '\0');
    CHECK(evercred_credential_version_id(credential, NULL) != NULL);
    CHECK(evercred_credential_generation(credential) != 0);
    CHECK(evercred_credential_is_current(credential));
    CHECK(evercred_credential_expires_at_ms(credential) > wall_clock_ms());
    CHECK(evercred_credential_renew_at_ms(credential) > wall_clock_ms());
    CHECK(evercred_credential_renew_at_ms(credential) <= evercred_credential_expires_at_ms(credential));
    CHECK_HAS(evercred_source_name(source, &length), TEST_INSTANCE);
    CHECK_INT(evercred_credential_generation(credential), read_generation(source));

    evercred_status *status = NULL;
    OK(evercred_source_status(source, &status));
    CHECK_INT(EVERCRED_STATE_FRESH, evercred_status_state(status));
    CHECK_INT(EVERCRED_ORIGIN_CLOUD, evercred_status_origin(status));
    CHECK_INT(evercred_credential_expires_at_ms(credential), evercred_status_expires_at_ms(status));
    CHECK_INT(evercred_credential_generation(credential), evercred_status_generation(status));
    CHECK_INT(0, evercred_status_consecutive_failures(status));
    CHECK_INT(1, evercred_status_fetches(status));
    CHECK(evercred_status_last_error(status) == NULL);
    CHECK(evercred_status_last_success_at_ms(status) > 0);
    CHECK(evercred_status_next_refresh_at_ms(status) > wall_clock_ms());
    if (getenv("EVERCRED_TEST_CA") != NULL) {
        CHECK(evercred_status_is_tls_verified(status));
    }
    evercred_status_free(status);
}

static void a_whole_life(void) {
    evercred_config *config = test_config();
    evercred_client *client = client_with(config);
    evercred_source *source = test_source(client);

    evercred_credential *credential = (evercred_credential *)&client;
    OK(evercred_source_peek(source, &credential));
    CHECK(credential == NULL);

    evercred_status *status = NULL;
    OK(evercred_source_status(source, &status));
    CHECK_INT(EVERCRED_STATE_EMPTY, evercred_status_state(status));
    evercred_status_free(status);

    credential = test_get(source);
    look_closely(source, credential);

    evercred_credential *peeked = NULL;
    OK(evercred_source_peek(source, &peeked));
    CHECK(peeked != NULL && same_password(credential, peeked));
    evercred_credential_free(peeked);

    evercred_client_close(client);
    evercred_client_close(client);
    evercred_credential *late = (evercred_credential *)&client;
    FAILS_ONLY(EVERCRED_E_CLOSED, evercred_source_get(source, 1000, &late));
    CHECK(late == NULL);
    late = (evercred_credential *)&client;
    FAILS_ONLY(EVERCRED_E_CLOSED, evercred_source_refresh(source, 1000, &late));
    CHECK(late == NULL);

    /* Existing handles stay readable after close. */
    CHECK(evercred_credential_password(credential, NULL)[0] != '\0');
    evercred_credential_free(credential);
    evercred_source_free(source);
    evercred_client_free(client);
    evercred_config_free(config);
    CHECK_INT(0, evercred_live_handles());
}

/* Frees config, client, source and credential in the order of the digits of `order`. */
static void free_in_order(const char *order, bool close_first) {
    evercred_config *config = test_config();
    evercred_client *client = client_with(config);
    evercred_source *source = test_source(client);
    CHECK_INT(3, evercred_live_handles());
    evercred_credential *credential = test_get(source);
    /* A release build does not count credentials, for speed. */
    CHECK(evercred_live_handles() == 3 || evercred_live_handles() == 4);
    if (close_first) {
        evercred_client_close(client);
    }
    bool credential_lives = true;
    for (const char *step = order; *step != '\0'; ++step) {
        switch (*step) {
        case '0':
            evercred_config_free(config);
            break;
        case '1':
            evercred_client_free(client);
            break;
        case '2':
            evercred_source_free(source);
            break;
        default:
            evercred_credential_free(credential);
            credential_lives = false;
            break;
        }
        if (credential_lives) {
            CHECK(evercred_credential_password(credential, NULL)[0] != '\0');
            (void)evercred_credential_is_current(credential);
        }
    }
    CHECK_INT(0, evercred_live_handles());
}

static void every_order(void) {
    for (int a = 0; a < 4; ++a) {
        for (int b = 0; b < 4; ++b) {
            for (int c = 0; c < 4; ++c) {
                if (a == b || a == c || b == c) {
                    continue;
                }
                const int d = 6 - a - b - c;
                const char order[] = {(char)('0' + a), (char)('0' + b), (char)('0' + c), (char)('0' + d), '\0'};
                free_in_order(order, (a + b) % 2 == 0);
            }
        }
    }
}

static void unused_handles(void) {
    evercred_client *client = NULL;
    OK(evercred_client_new(NULL, &client));
    evercred_client_free(client);

    client = test_client(NULL, NULL);
    evercred_client_free(client);

    client = test_client(NULL, NULL);
    evercred_source *source = test_source(client);
    evercred_client_free(client);
    evercred_source_free(source);
    CHECK_INT(0, evercred_live_handles());
}

int main(void) {
    test_begin("lifecycle");
    CHECK_INT(0, evercred_live_handles());
    versions_agree();
    null_is_welcome();
    a_whole_life();
    every_order();
    unused_handles();
    return test_end();
}
