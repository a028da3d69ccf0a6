/* Many threads on one source: one request when it is cold, and correct results while everything happens at once. */
#include "common.h"

#include <pthread.h>

#define COLD_THREADS 64
#define BUSY_THREADS 8

static pthread_barrier_t start;
static evercred_source *shared_source;
static uint64_t generations[COLD_THREADS];
static int stop_flag;

static void *cold_get(void *argument) {
    uint64_t *generation = argument;
    pthread_barrier_wait(&start);
    evercred_credential *credential = test_get(shared_source);
    *generation = evercred_credential_generation(credential);
    evercred_credential_free(credential);
    return NULL;
}

static void one_request_when_cold(void) {
    evercred_client *client = test_client(NULL, NULL);
    shared_source = test_source(client);
    const int64_t before = control_requests();
    pthread_t threads[COLD_THREADS];
    CHECK(pthread_barrier_init(&start, NULL, COLD_THREADS) == 0);
    for (int index = 0; index < COLD_THREADS; ++index) {
        CHECK(pthread_create(&threads[index], NULL, cold_get, &generations[index]) == 0);
    }
    for (int index = 0; index < COLD_THREADS; ++index) {
        CHECK(pthread_join(threads[index], NULL) == 0);
        CHECK(generations[index] != 0 && generations[index] == generations[0]);
    }
    pthread_barrier_destroy(&start);
    CHECK_INT(1, control_requests() - before);
    evercred_source_free(shared_source);
    evercred_client_free(client);
}

/* Only too many rejections may fail, with this code. */
static void allow_rate_limit(evercred_error *error) {
    if (error != NULL && evercred_error_code(error) != EVERCRED_E_RATE_LIMITED) {
        OK(error);
    }
    evercred_error_free(error);
}

static void *busy(void *argument) {
    const int role = *(const int *)argument;
    while (__atomic_load_n(&stop_flag, __ATOMIC_ACQUIRE) == 0) {
        evercred_credential *credential = test_get(shared_source);
        (void)evercred_credential_is_current(credential);
        (void)read_generation(shared_source);
        if (role == 0) {
            allow_rate_limit(evercred_source_report_rejected(shared_source, credential));
            sleep_ms(20);
        } else if (role == 1) {
            evercred_credential *refreshed = NULL;
            evercred_error *error = evercred_source_refresh(shared_source, 10000 * slowdown(), &refreshed);
            CHECK((error == NULL) == (refreshed != NULL));
            allow_rate_limit(error);
            evercred_credential_free(refreshed);
            sleep_ms(20);
        } else if (role == 2) {
            evercred_status *status = NULL;
            OK(evercred_source_status(shared_source, &status));
            CHECK(evercred_status_generation(status) != 0);
            evercred_status_free(status);
        } else if (role == 3) {
            evercred_credential *peeked = NULL;
            OK(evercred_source_peek(shared_source, &peeked));
            CHECK(peeked != NULL);
            evercred_credential_free(peeked);
        }
        evercred_credential_free(credential);
    }
    return NULL;
}

static void everything_at_once(void) {
    evercred_client *client = test_client(NULL, NULL);
    shared_source = test_source(client);
    evercred_credential *first = test_get(shared_source);
    pthread_t threads[BUSY_THREADS];
    int roles[BUSY_THREADS];
    for (int index = 0; index < BUSY_THREADS; ++index) {
        roles[index] = index % 5;
        CHECK(pthread_create(&threads[index], NULL, busy, &roles[index]) == 0);
    }
    for (int turn = 0; turn < 8; ++turn) {
        sleep_ms(250);
        control_rotate();
    }
    __atomic_store_n(&stop_flag, 1, __ATOMIC_RELEASE);
    for (int index = 0; index < BUSY_THREADS; ++index) {
        CHECK(pthread_join(threads[index], NULL) == 0);
    }
    /* A refresh that succeeds after the last rotation has seen it. */
    evercred_credential *last = NULL;
    OK(evercred_source_refresh(shared_source, 10000 * slowdown(), &last));
    CHECK(!same_password(first, last));
    CHECK(!evercred_credential_is_current(first));
    evercred_credential_free(last);
    evercred_credential_free(first);
    evercred_source_free(shared_source);
    evercred_client_free(client);
}

int main(void) {
    test_begin("threads");
    one_request_when_cold();
    everything_at_once();
    return test_end();
}
