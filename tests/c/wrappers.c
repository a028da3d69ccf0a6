/* What wrappers and event loops use: calls that never wait, the wait for a newer value, closing of one handle, events
 * that end every wait, the descriptor in edge-triggered polling, the inline comparison. */
#include "common.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

static evercred_credential *try_get(const evercred_source *source) {
    evercred_credential *credential = NULL;
    OK(evercred_source_try_get(source, &credential));
    return credential;
}

/* An edge of the descriptor; then all events are fetched, and the kinds are gathered as bits. */
static unsigned edge(int poller, evercred_subscription *subscription) {
    struct epoll_event ready;
    int count = 0;
    do {
        count = epoll_wait(poller, &ready, 1, 10000 * slowdown());
    } while (count < 0 && errno == EINTR);
    CHECK_INT(1, count);
    unsigned kinds = 0;
    for (;;) {
        evercred_event *event = NULL;
        OK(evercred_subscription_next(subscription, 0, &event));
        if (event == NULL) {
            return kinds;
        }
        kinds |= 1u << evercred_event_kind(event);
        evercred_event_free(event);
    }
}

/* Sleeps by the descriptor alone until try_get has a value; a copy of the descriptor is watched, for edges. */
static void an_event_loop(void) {
    evercred_client *client = test_client("refresh_wait_ms", "100");
    evercred_source *source = test_source(client);
    evercred_subscription *subscription = NULL;
    OK(evercred_subscription_open(client, source, &subscription));
    const int copy = dup(evercred_subscription_descriptor(subscription));
    const int poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event watched = {.events = EPOLLIN | EPOLLET};
    CHECK(copy >= 0 && poller >= 0 && epoll_ctl(poller, EPOLL_CTL_ADD, copy, &watched) == 0);

    control_close_early(1);
    evercred_credential *first = NULL;
    unsigned seen = 0;
    while ((first = try_get(source)) == NULL) {
        seen |= edge(poller, subscription);
    }
    CHECK_INT(EVERCRED_STATE_FRESH, evercred_credential_state(first));
    const uint64_t *address = evercred_source_generation_address(source);
    const uint64_t generation = evercred_credential_generation(first);
    CHECK(evercred_generation_is_current(address, generation));
    CHECK(!evercred_generation_is_current(address, generation + 1));
    CHECK(!evercred_generation_is_current(address, 0) && !evercred_generation_is_current(NULL, generation));

    /* Rejected, and the cloud has no other one: looks are events until it is handed out. */
    OK(evercred_source_report_rejected_generation(source, generation));
    CHECK(!evercred_generation_is_current(address, generation));
    evercred_credential *rejected = NULL;
    while ((rejected = try_get(source)) == NULL) {
        seen |= edge(poller, subscription);
    }
    CHECK_INT(EVERCRED_STATE_REJECTED, evercred_credential_state(rejected));
    CHECK(same_password(first, rejected));
    evercred_credential_free(rejected);
    FAILS_ONLY(EVERCRED_E_TIMEOUT, evercred_source_get_newer(source, generation, 10, &rejected));
    CHECK(rejected == NULL);

    control_rotate();
    evercred_credential *newer = NULL;
    OK(evercred_source_get_newer(source, generation, 30000 * slowdown(), &newer));
    CHECK(!same_password(first, newer));
    seen |= edge(poller, subscription);
    CHECK((seen & (1u << EVERCRED_EVENT_CHANGED)) != 0 && (seen & (1u << EVERCRED_EVENT_REJECTED)) != 0);
    /* Of an old generation it is a get. */
    evercred_credential *same = NULL;
    OK(evercred_source_get_newer(source, generation, 0, &same));
    CHECK_INT(evercred_credential_generation(newer), evercred_credential_generation(same));
    OK(evercred_source_report_rejected_generation(source, generation));
    CHECK(evercred_credential_is_current(newer));
    /* A refresh with the same value is an event. */
    evercred_credential_free(same);
    OK(evercred_source_refresh(source, 10000 * slowdown(), &same));
    CHECK((edge(poller, subscription) & (1u << EVERCRED_EVENT_REFRESHED)) != 0);

    evercred_credential_free(first);
    evercred_credential_free(newer);
    evercred_credential_free(same);
    evercred_source_free(source);
    /* The address outlives its source. */
    CHECK(!evercred_generation_is_current(address, generation));
    evercred_subscription_free(subscription);
    evercred_client_free(client);
    close(copy);
    close(poller);
}

struct waiter {
    evercred_source *source;
    uint64_t generation;
    int32_t code;
};

static void *wait_for_newer(void *argument) {
    struct waiter *waiter = argument;
    evercred_credential *credential = NULL;
    evercred_error *error =
        evercred_source_get_newer(waiter->source, waiter->generation, 50000 * slowdown(), &credential);
    waiter->code = evercred_error_code(error);
    evercred_error_free(error);
    evercred_credential_free(credential);
    return NULL;
}

/* Two handles of one account: the close of one ends its waits only, the close of the other ends the source. */
static void closing(void) {
    evercred_client *client = test_client(NULL, NULL);
    struct waiter one = {.source = test_source(client)}, other = {.source = test_source(client)};
    const uint64_t *address = evercred_source_generation_address(one.source);
    CHECK(address == evercred_source_generation_address(other.source));
    evercred_credential *held = test_get(one.source), *nothing = NULL;
    one.generation = other.generation = evercred_credential_generation(held);
    pthread_t first, second;
    CHECK_INT(0, pthread_create(&first, NULL, wait_for_newer, &one));
    CHECK_INT(0, pthread_create(&second, NULL, wait_for_newer, &other));
    sleep_ms(50);
    evercred_source_close(one.source);
    evercred_source_close(one.source);
    CHECK_INT(0, pthread_join(first, NULL));
    CHECK_INT(EVERCRED_E_CLOSED, one.code);
    FAILS_ONLY(EVERCRED_E_CLOSED, evercred_source_get(one.source, 0, &nothing));
    FAILS_ONLY(EVERCRED_E_CLOSED, evercred_source_try_get(one.source, &nothing));
    FAILS_ONLY(EVERCRED_E_CLOSED, evercred_source_refresh(one.source, 0, &nothing));
    FAILS_ONLY(EVERCRED_E_CLOSED, evercred_source_report_rejected_generation(one.source, one.generation));
    CHECK(evercred_generation_is_current(address, other.generation));
    evercred_credential_free(try_get(other.source));
    evercred_source_close(other.source);
    CHECK_INT(0, pthread_join(second, NULL));
    CHECK_INT(EVERCRED_E_CLOSED, other.code);
    CHECK(!evercred_credential_is_current(held) && !evercred_generation_is_current(address, other.generation));
    CHECK(evercred_source_name(other.source, NULL)[0] != '\0');
    evercred_status *status = NULL;
    OK(evercred_source_status(other.source, &status));
    evercred_status_free(status);
    OK(evercred_source_peek(other.source, &nothing));
    CHECK(same_password(held, nothing));

    /* It can be opened again while the closed handles exist. */
    evercred_source *again = test_source(client);
    evercred_credential *anew = test_get(again);
    CHECK(same_password(held, anew) && evercred_credential_is_current(anew));
    CHECK(address != evercred_source_generation_address(again));
    evercred_credential_free(anew);
    evercred_credential_free(nothing);
    evercred_credential_free(held);
    evercred_source_free(again);
    evercred_source_free(one.source);
    evercred_source_free(other.source);
    evercred_client_free(client);
    evercred_source_close(NULL);
}

static void *next_until_closed(void *argument) {
    evercred_event *event = NULL;
    FAILS_ONLY(EVERCRED_E_CLOSED, evercred_subscription_next(argument, 50000 * slowdown(), &event));
    CHECK(event == NULL);
    return NULL;
}

static void closing_a_subscription(void) {
    evercred_client *client = test_client(NULL, NULL);
    evercred_subscription *subscription = NULL, *unread = NULL;
    OK(evercred_subscription_open(client, NULL, &subscription));
    OK(evercred_subscription_open(client, NULL, &unread));
    pthread_t waiting;
    CHECK_INT(0, pthread_create(&waiting, NULL, next_until_closed, subscription));
    sleep_ms(20);
    evercred_subscription_close(subscription);
    evercred_subscription_close(subscription);
    CHECK_INT(0, pthread_join(waiting, NULL));
    /* What was there already is still returned. */
    evercred_source *source = test_source(client);
    evercred_credential_free(test_get(source));
    evercred_subscription_close(unread);
    evercred_event *event = NULL;
    OK(evercred_subscription_next(unread, 0, &event));
    CHECK(event != NULL);
    evercred_event_free(event);
    evercred_error *error = NULL;
    while ((error = evercred_subscription_next(unread, 0, &event)) == NULL) {
        CHECK(event != NULL);
        evercred_event_free(event);
    }
    CHECK_INT(EVERCRED_E_CLOSED, evercred_error_code(error));
    evercred_error_free(error);
    evercred_source_free(source);
    evercred_subscription_free(subscription);
    evercred_subscription_free(unread);
    evercred_client_free(client);
    evercred_subscription_close(NULL);
}

static void wrong_arguments(void) {
    evercred_client *client = test_client(NULL, NULL);
    evercred_source *source = test_source(client);
    evercred_credential *nothing = NULL;
    FAILS_ONLY(EVERCRED_E_INVALID_ARGUMENT, evercred_source_try_get(NULL, &nothing));
    FAILS_ONLY(EVERCRED_E_INVALID_ARGUMENT, evercred_source_try_get(source, NULL));
    FAILS_ONLY(EVERCRED_E_INVALID_ARGUMENT, evercred_source_get_newer(NULL, 1, 0, &nothing));
    FAILS_ONLY(EVERCRED_E_INVALID_ARGUMENT, evercred_source_get_newer(source, 1, 0, NULL));
    FAILS_ONLY(EVERCRED_E_INVALID_ARGUMENT, evercred_source_report_rejected_generation(NULL, 1));
    OK(evercred_source_report_rejected_generation(source, 1));
    CHECK(nothing == NULL);
    CHECK(evercred_source_total_timeout_ms(source) == 30000 && evercred_source_total_timeout_ms(NULL) == 0);
    evercred_source_free(source);
    evercred_client_free(client);
}

int main(void) {
    test_begin("wrappers");
    wrong_arguments();
    an_event_loop();
    closing();
    closing_a_subscription();
    return test_end();
}
