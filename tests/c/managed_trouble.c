/* A managed access key in trouble: revoked under many threads, reported too often, KMS throttled or down. An early
 * rotation causes no trouble. */
#include "managed.h"

#include <pthread.h>

#define REPORTERS 64

static pthread_barrier_t start;
static evercred_source *shared_source;
static evercred_credential *dead;

static evercred_client *client_of(const char *key, const char *value) {
    evercred_config *config = managed_config();
    if (key != NULL) {
        OK(evercred_config_set(config, key, value));
    }
    evercred_client *client = client_with(config);
    evercred_config_free(config);
    return client;
}

static const char *id_of(const evercred_credential *credential) {
    return evercred_credential_access_key_id(credential, NULL);
}

static void *report_and_get(void *argument) {
    evercred_credential **fresh = argument;
    pthread_barrier_wait(&start);
    OK(evercred_source_report_rejected(shared_source, dead));
    *fresh = managed_get(shared_source);
    return NULL;
}

static void many_report_a_revoked_key(void) {
    evercred_client *client = client_of(NULL, NULL);
    shared_source = managed_source(client, SECRET_NAME);
    dead = managed_get(shared_source);
    control("rotate-secret", "{\"name\":\"" SECRET_NAME "\",\"overlap_ms\":0}", NULL);
    const int64_t before = secret_requests();
    pthread_t threads[REPORTERS];
    evercred_credential *fresh[REPORTERS];
    CHECK(pthread_barrier_init(&start, NULL, REPORTERS) == 0);
    for (int index = 0; index < REPORTERS; ++index) {
        CHECK(pthread_create(&threads[index], NULL, report_and_get, &fresh[index]) == 0);
    }
    for (int index = 0; index < REPORTERS; ++index) {
        CHECK(pthread_join(threads[index], NULL) == 0);
        CHECK(strcmp(id_of(fresh[index]), id_of(dead)) != 0);
        CHECK(strcmp(id_of(fresh[index]), id_of(fresh[0])) == 0);
    }
    CHECK_INT(1, secret_requests() - before);
    evercred_status *status = NULL;
    OK(evercred_source_status(shared_source, &status));
    CHECK_INT(1, evercred_status_rejections(status));
    evercred_status_free(status);
    for (int index = 0; index < REPORTERS; ++index) {
        evercred_credential_free(fresh[index]);
    }
    pthread_barrier_destroy(&start);
    evercred_credential_free(dead);
    evercred_source_free(shared_source);
    evercred_client_free(client);
}

/* With an empty token bucket a report fails with RATE_LIMITED, and starts no fetch. */
static void reported_too_often(void) {
    evercred_config *config = managed_config();
    OK(evercred_config_set(config, "forced_refresh_burst", "1"));
    OK(evercred_config_set(config, "forced_refresh_period_ms", "600000"));
    evercred_client *client = client_with(config);
    evercred_config_free(config);
    evercred_source *source = managed_source(client, SECRET_NAME);
    evercred_credential *first = managed_get(source);
    control("rotate-secret", "{\"name\":\"" SECRET_NAME "\",\"overlap_ms\":0}", NULL);
    OK(evercred_source_report_rejected(source, first));
    evercred_credential *second = managed_get(source);
    CHECK(strcmp(id_of(first), id_of(second)) != 0);
    const int64_t before = secret_requests();
    evercred_error *error = FAILS(EVERCRED_E_RATE_LIMITED, evercred_source_report_rejected(source, second));
    CHECK(evercred_error_retry_after_ms(error) > 0 && evercred_error_is_retryable(error));
    evercred_error_free(error);
    /* Its service does not accept it, so it is no good value, although nothing was asked. */
    CHECK(!evercred_credential_is_current(second));
    evercred_credential *held = managed_get(source);
    CHECK_INT(EVERCRED_STATE_REJECTED, evercred_credential_state(held));
    evercred_credential_free(held);
    CHECK_INT(0, secret_requests() - before);
    /* Refreshes have a count of their own. */
    evercred_credential *none = NULL, *third = NULL;
    OK(evercred_source_refresh(source, 10000 * slowdown(), &third));
    CHECK(strcmp(id_of(second), id_of(third)) == 0);
    FAILS_ONLY(EVERCRED_E_RATE_LIMITED, evercred_source_refresh(source, 1000, &none));
    CHECK(none == NULL);
    CHECK_INT(1, secret_requests() - before);
    evercred_credential_free(third);
    evercred_credential_free(first);
    evercred_credential_free(second);
    evercred_source_free(source);
    evercred_client_free(client);
}

/* A key that expires while KMS is down is still returned, in state STALE; when KMS is back, it is renewed. */
static void kms_is_down_past_the_end(void) {
    const int64_t life_ms = 3000 * (int64_t)slowdown();
    const time_t end = (time_t)((wall_clock_ms() + life_ms + 999) / 1000);
    struct tm parts;
    CHECK(gmtime_r(&end, &parts) != NULL);
    char when[32];
    CHECK(strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0);
    control("secrets", "{\"name\":\"ends\",\"kind\":\"ram\",\"user\":\"ends\"}", NULL);
    char body[512];
    snprintf(body, sizeof body,
             "{\"name\":\"ends\",\"data\":\"{\\\"AccessKeyId\\\":\\\"LTAIends\\\",\\\"AccessKeySecret\\\":\\\"s\\\","
             "\\\"ExpireTimestamp\\\":\\\"%s\\\"}\"}",
             when);
    control("secret-data", body, NULL);
    evercred_client *client = client_of("backoff_max_ms", "200");
    evercred_source *source = managed_source(client, "ends");
    evercred_credential *good = managed_get(source);
    const int64_t ends = evercred_credential_expires_at_ms(good);
    CHECK(ends > wall_clock_ms() - 1000 && ends < wall_clock_ms() + life_ms + 2000);
    CHECK_INT(EVERCRED_STATE_FRESH, evercred_credential_state(good));
    control("fault", "{\"action\":\"GetSecretValue\",\"kind\":\"close-early\"}", NULL);
    const int64_t rest_ms = ends - wall_clock_ms();
    sleep_ms(rest_ms > 0 ? rest_ms : 0);
    int64_t deadline = monotonic_ms() + 5000 * (int64_t)slowdown();
    evercred_credential *stale = managed_get(source);
    while (evercred_credential_state(stale) != EVERCRED_STATE_STALE && monotonic_ms() < deadline) {
        evercred_credential_free(stale);
        sleep_ms(50);
        stale = managed_get(source);
    }
    CHECK_INT(EVERCRED_STATE_STALE, evercred_credential_state(stale));
    CHECK(strcmp(id_of(stale), "LTAIends") == 0);
    CHECK(!evercred_credential_is_current(good));
    evercred_status *status = NULL;
    OK(evercred_source_status(source, &status));
    CHECK_INT(EVERCRED_E_NETWORK, evercred_error_code(evercred_status_last_error(status)));
    evercred_status_free(status);

    control_clear_faults();
    deadline = monotonic_ms() + 5000 * (int64_t)slowdown();
    evercred_credential *again = managed_get(source);
    while (evercred_credential_state(again) != EVERCRED_STATE_FRESH && monotonic_ms() < deadline) {
        evercred_credential_free(again);
        sleep_ms(50);
        again = managed_get(source);
    }
    /* It is expired and the service still returns it: the rotation is overdue. */
    CHECK_INT(EVERCRED_STATE_FRESH, evercred_credential_state(again));
    CHECK_INT(0, evercred_credential_expires_at_ms(again));
    evercred_credential_free(good);
    evercred_credential_free(stale);
    evercred_credential_free(again);
    evercred_source_free(source);
    evercred_client_free(client);
}

/* Throttled without a value: the error names the service and the wait, and no request is sent meanwhile. */
static void throttled(void) {
    evercred_client *client = client_of(NULL, NULL);
    control("fault",
            "{\"action\":\"GetSecretValue\",\"kind\":\"answer\",\"status\":429,\"code\":\"Rejected.Throttling\","
            "\"retry_after\":\"20\"}",
            NULL);
    evercred_source *source = managed_source(client, SECRET_NAME);
    const int64_t before = secret_requests();
    evercred_credential *none = NULL;
    for (int round = 0; round < 3; ++round) {
        evercred_error *error = FAILS(EVERCRED_E_THROTTLED, evercred_source_get(source, 10000, &none));
        CHECK(none == NULL);
        CHECK(strcmp(evercred_error_provider_code(error, NULL), "Rejected.Throttling") == 0);
        CHECK(evercred_error_is_retryable(error));
        CHECK(evercred_error_retry_after_ms(error) > 0 && evercred_error_retry_after_ms(error) <= 20000);
        evercred_error_free(error);
    }
    CHECK_INT(1, secret_requests() - before);
    control_clear_faults();
    evercred_source_free(source);
    evercred_client_free(client);
}

/* An early rotation without a report: the poll finds it while the old key is still good. */
static void an_early_rotation(void) {
    evercred_client *client = client_of("poll_interval_ms", "1000");
    evercred_source *source = managed_source(client, SECRET_NAME);
    evercred_credential *old = managed_get(source);
    control("rotate-secret", "{\"name\":\"" SECRET_NAME "\",\"overlap_ms\":600000}", NULL);
    const int64_t deadline = monotonic_ms() + 10000 * (int64_t)slowdown();
    while (evercred_credential_is_current(old) && monotonic_ms() < deadline) {
        sleep_ms(20);
    }
    evercred_credential *fresh = managed_get(source);
    CHECK(strcmp(id_of(old), id_of(fresh)) != 0);
    CHECK_INT(EVERCRED_STATE_FRESH, evercred_credential_state(fresh));
    evercred_status *status = NULL;
    OK(evercred_source_status(source, &status));
    CHECK_INT(0, evercred_status_rejections(status));
    evercred_status_free(status);
    evercred_credential_free(old);
    evercred_credential_free(fresh);
    evercred_source_free(source);
    evercred_client_free(client);
}

int main(void) {
    test_begin("managed_trouble");
    /* The service's times are UTC in every time zone; this one is two hours ahead all year. */
    CHECK(setenv("TZ", "XXX-2", 1) == 0);
    tzset();
    an_early_rotation();
    many_report_a_revoked_key();
    reported_too_often();
    kms_is_down_past_the_end();
    throttled();
    return test_end();
}
