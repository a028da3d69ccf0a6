/* Clients share nothing, neither options nor values. Two opens of one account in one client share everything. */
#include "common.h"

#include <pthread.h>

static int stop_flag;
static int64_t rounds;

static void *keep_getting(void *argument) {
    const evercred_source *source = argument;
    while (__atomic_load_n(&stop_flag, __ATOMIC_ACQUIRE) == 0) {
        evercred_credential *credential = test_get(source);
        evercred_credential_free(credential);
        __atomic_fetch_add(&rounds, 1, __ATOMIC_RELAXED);
        sleep_ms(1);
    }
    return NULL;
}

int main(void) {
    test_begin("two_clients");
    evercred_config *config = test_config();
    OK(evercred_config_set(config, "user_agent_extra", "first-host/1.0"));
    evercred_client *first = client_with(config);
    OK(evercred_config_set(config, "user_agent_extra", "second-host/2.0"));
    OK(evercred_config_set(config, "refresh", "lazy"));
    evercred_client *second = client_with(config);
    evercred_config_free(config);

    const int64_t before = control_requests();
    evercred_source *left = test_source(first);
    evercred_source *right = test_source(first);
    evercred_credential *from_left = test_get(left);
    evercred_credential *from_right = test_get(right);
    CHECK(same_password(from_left, from_right));
    CHECK_INT(evercred_credential_generation(from_left), evercred_credential_generation(from_right));
    CHECK_INT(1, control_requests() - before);

    /* One of the two handles is freed; the other still works. */
    evercred_source_free(left);
    evercred_credential *again = test_get(right);
    CHECK(same_password(from_left, again));
    evercred_credential_free(again);

    /* A source with its own options in the same client. */
    evercred_config *overrides = NULL;
    OK(evercred_config_new(&overrides));
    OK(evercred_config_set(overrides, "max_stale_ms", "1000"));
    evercred_source *special = NULL;
    OK(evercred_source_open_database_with(first, overrides, TEST_REGION, TEST_INSTANCE, TEST_USER, &special));
    evercred_config_free(overrides);
    evercred_credential *from_special = test_get(special);
    CHECK(same_password(from_left, from_special));
    evercred_credential_free(from_special);
    evercred_source_free(special);

    const int64_t between = control_requests();
    evercred_source *other = test_source(second);
    evercred_credential *from_other = test_get(other);
    CHECK(same_password(from_left, from_other));
    CHECK_INT(1, control_requests() - between);

    pthread_t worker;
    CHECK(pthread_create(&worker, NULL, keep_getting, other) == 0);
    evercred_client_close(first);
    evercred_credential *late = NULL;
    FAILS_ONLY(EVERCRED_E_CLOSED, evercred_source_get(right, 1000, &late));
    const int64_t rounds_at_close = __atomic_load_n(&rounds, __ATOMIC_RELAXED);
    evercred_source_free(right);
    evercred_client_free(first);
    sleep_ms(200 * slowdown());
    __atomic_store_n(&stop_flag, 1, __ATOMIC_RELEASE);
    CHECK(pthread_join(worker, NULL) == 0);
    CHECK(__atomic_load_n(&rounds, __ATOMIC_RELAXED) > rounds_at_close);

    /* Credentials outlive their client. */
    CHECK(same_password(from_left, from_right));
    evercred_credential_free(from_left);
    evercred_credential_free(from_right);
    evercred_credential_free(from_other);
    evercred_source_free(other);
    evercred_client_free(second);
    return test_end();
}
