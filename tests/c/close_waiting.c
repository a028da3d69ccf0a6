/* Closing a client wakes every waiting thread while a request is in flight that gets no answer. */
#include "common.h"

#include <pthread.h>

#define WAITERS 16

static pthread_barrier_t start;
static evercred_source *shared_source;
static int64_t returned_at[WAITERS];

static void *waiter(void *argument) {
    int64_t *at = argument;
    evercred_credential *credential = NULL;
    pthread_barrier_wait(&start);
    FAILS_ONLY(EVERCRED_E_CLOSED, evercred_source_get(shared_source, 30000 * slowdown(), &credential));
    CHECK(credential == NULL);
    *at = monotonic_ms();
    return NULL;
}

static void close_while_waiting(const char *mode) {
    evercred_client *client = test_client("refresh", mode);
    shared_source = test_source(client);
    control_delay(20000, 1000);
    pthread_t threads[WAITERS];
    CHECK(pthread_barrier_init(&start, NULL, WAITERS + 1) == 0);
    for (int index = 0; index < WAITERS; ++index) {
        CHECK(pthread_create(&threads[index], NULL, waiter, &returned_at[index]) == 0);
    }
    pthread_barrier_wait(&start);
    sleep_ms(500 * slowdown());
    const int64_t closed_at = monotonic_ms();
    evercred_client_close(client);
    /* The limit is one second; the rest of the margin is for a busy machine. */
    const int64_t margin_ms = 3000 * (int64_t)slowdown();
    CHECK(monotonic_ms() - closed_at < margin_ms);
    for (int index = 0; index < WAITERS; ++index) {
        CHECK(pthread_join(threads[index], NULL) == 0);
        CHECK(returned_at[index] >= closed_at);
        CHECK(returned_at[index] - closed_at < margin_ms);
    }
    pthread_barrier_destroy(&start);
    evercred_source_free(shared_source);
    evercred_client_free(client);
    control_clear_faults();
    CHECK_INT(0, evercred_live_handles());
}

int main(void) {
    test_begin("close_waiting");
    close_while_waiting("background");
    close_while_waiting("lazy");
    return test_end();
}
