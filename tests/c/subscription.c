/* Events in an event loop: a polled descriptor; a value that changes, is rejected, cannot be refreshed; rejection
 * codes; errors that name the cause. */
#include "common.h"

#include <poll.h>
#include <pthread.h>

#define SECRET_NAME "acs/ram/user/app"
#define ASKER "LTAIevercredtests"
#define ASKER_SECRET "evercredTestsAskersKey0000000000"

static evercred_client *both_clouds(void) {
    evercred_config *config = test_config();
    OK(evercred_config_set(config, "aliyun_kms_endpoint", setting("EVERCRED_TEST_ENDPOINT")));
    OK(evercred_config_set(config, "aliyun_scheme", "http"));
    OK(evercred_config_set(config, "aliyun_access_key_id", ASKER));
    OK(evercred_config_set(config, "aliyun_access_key_secret", ASKER_SECRET));
    evercred_client *client = client_with(config);
    evercred_config_free(config);
    return client;
}

/* Whether the descriptor becomes readable within so many milliseconds. */
static bool polled(int descriptor, int milliseconds) {
    struct pollfd watched = {descriptor, POLLIN, 0};
    int count = 0;
    do {
        count = poll(&watched, 1, milliseconds);
    } while (count < 0 && errno == EINTR);
    CHECK(count >= 0);
    CHECK(count == 0 || (watched.revents & POLLIN) != 0);
    return count == 1;
}

/* The next event, fetched as an event loop does; the caller frees it. */
static evercred_event *looped(evercred_subscription *subscription, int32_t kind, const char *source_name) {
    CHECK(polled(evercred_subscription_descriptor(subscription), 10000 * slowdown()));
    evercred_event *event = NULL;
    OK(evercred_subscription_next(subscription, 0, &event));
    CHECK(event != NULL);
    CHECK_INT(kind, evercred_event_kind(event));
    size_t length = 0;
    CHECK(strcmp(evercred_event_source_name(event, &length), source_name) == 0);
    CHECK_INT(strlen(source_name), length);
    CHECK(evercred_event_occurred_at_ms(event) > wall_clock_ms() - 60000 * slowdown());
    CHECK_INT(0, evercred_event_dropped_before(event));
    return event;
}

static void expect_none(evercred_subscription *subscription) {
    evercred_event *event = NULL;
    CHECK(!polled(evercred_subscription_descriptor(subscription), 0));
    OK(evercred_subscription_next(subscription, 0, &event));
    CHECK(event == NULL);
}

/* The events of one source in its own subscription. */
static void life(evercred_client *client) {
    evercred_source *source = test_source(client);
    const char *name = evercred_source_name(source, NULL);
    evercred_subscription *subscription = NULL;
    OK(evercred_subscription_open(client, source, &subscription));
    const int descriptor = evercred_subscription_descriptor(subscription);
    CHECK(descriptor >= 0);
    CHECK_INT(descriptor, evercred_subscription_descriptor(subscription));
    expect_none(subscription);

    evercred_credential *old = test_get(source);
    evercred_event *event = looped(subscription, EVERCRED_EVENT_CHANGED, name);
    CHECK_INT(evercred_credential_generation(old), evercred_event_generation(event));
    CHECK(evercred_event_error(event) == NULL);
    evercred_event_free(event);
    expect_none(subscription);

    control_rotate();
    OK(evercred_source_report_rejected(source, old));
    evercred_event_free(looped(subscription, EVERCRED_EVENT_REJECTED, name));
    event = looped(subscription, EVERCRED_EVENT_CHANGED, name);
    evercred_credential *fresh = test_get(source);
    CHECK(!same_password(old, fresh));
    CHECK_INT(evercred_credential_generation(fresh), evercred_event_generation(event));
    evercred_event_free(event);

    control_close_early(1);
    evercred_credential *nothing = NULL;
    evercred_error_free(evercred_source_refresh(source, 10000 * slowdown(), &nothing));
    CHECK(nothing == NULL);
    event = looped(subscription, EVERCRED_EVENT_REFRESH_FAILED, name);
    CHECK_INT(EVERCRED_E_NETWORK, evercred_error_code(evercred_event_error(event)));
    CHECK_LACKS(evercred_error_message(evercred_event_error(event), NULL), TEST_SECRET_KEY);
    evercred_event_free(event);
    control_clear_faults();
    OK(evercred_source_refresh(source, 10000 * slowdown(), &nothing));
    evercred_event_free(looped(subscription, EVERCRED_EVENT_RECOVERED, name));
    expect_none(subscription);

    evercred_credential_free(nothing);
    evercred_credential_free(old);
    evercred_credential_free(fresh);
    evercred_source_free(source);
    /* The subscription outlives its source. */
    expect_none(subscription);
    evercred_subscription_free(subscription);
}

/* Any program can do what the official plugin's handlers do: check the code, report, get, repeat. */
static void rejection_codes(evercred_client *client) {
    evercred_source *secret = NULL, *account = test_source(client), *own = NULL;
    OK(evercred_source_open_managed(client, SECRET_NAME, &secret));
    CHECK(evercred_source_is_rejection_code(secret, "InvalidAccessKeyId.NotFound"));
    CHECK(evercred_source_is_rejection_code(secret, "invalidaccesskeyid"));
    CHECK(!evercred_source_is_rejection_code(secret, "InvalidAccessKeyId.Inactive"));
    CHECK(!evercred_source_is_rejection_code(secret, ""));
    CHECK(!evercred_source_is_rejection_code(secret, NULL));
    CHECK(!evercred_source_is_rejection_code(secret, "\xff"));
    CHECK(!evercred_source_is_rejection_code(NULL, "InvalidAccessKeyId"));
    CHECK(evercred_source_is_rejection_code(account, "1045"));
    CHECK(evercred_source_is_rejection_code(account, "28P01"));
    CHECK(!evercred_source_is_rejection_code(account, "1044"));

    evercred_config *overrides = NULL;
    OK(evercred_config_new(&overrides));
    OK(evercred_config_set(overrides, "rejected_codes", "Unauthorized, NoSuchKey"));
    OK(evercred_source_open_managed_with(client, overrides, SECRET_NAME, &own));
    CHECK(evercred_source_is_rejection_code(own, "nosuchkey"));
    CHECK(!evercred_source_is_rejection_code(own, "InvalidAccessKeyId"));
    evercred_config_free(overrides);

    evercred_credential *old = NULL, *fresh = NULL;
    OK(evercred_source_get(secret, 10000 * slowdown(), &old));
    evercred_subscription *subscription = NULL;
    OK(evercred_subscription_open(client, secret, &subscription));
    control("rotate-secret", "{\"name\":\"" SECRET_NAME "\",\"overlap_ms\":0}", NULL);
    CHECK(evercred_source_is_rejection_code(secret, "InvalidAccessKeyId.NotFound"));
    OK(evercred_source_report_rejected(secret, old));
    OK(evercred_source_get(secret, 10000 * slowdown(), &fresh));
    CHECK(strcmp(evercred_credential_access_key_id(old, NULL), evercred_credential_access_key_id(fresh, NULL)) != 0);
    const char *name = evercred_source_name(secret, NULL);
    evercred_event_free(looped(subscription, EVERCRED_EVENT_REJECTED, name));
    evercred_event_free(looped(subscription, EVERCRED_EVENT_CHANGED, name));

    evercred_subscription_free(subscription);
    evercred_credential_free(old);
    evercred_credential_free(fresh);
    evercred_source_free(own);
    evercred_source_free(account);
    evercred_source_free(secret);
}

static void wrong_arguments(evercred_client *client) {
    evercred_subscription *subscription = NULL;
    evercred_event *event = NULL;
    evercred_error *error = FAILS(EVERCRED_E_INVALID_ARGUMENT, evercred_subscription_open(NULL, NULL, &subscription));
    CHECK_HAS(evercred_error_message(error, NULL), "client");
    evercred_error_free(error);
    FAILS_ONLY(EVERCRED_E_INVALID_ARGUMENT, evercred_subscription_open(client, NULL, NULL));
    evercred_client *other = test_client(NULL, NULL);
    evercred_source *others = test_source(other);
    FAILS_ONLY(EVERCRED_E_INVALID_ARGUMENT, evercred_subscription_open(client, others, &subscription));
    CHECK(subscription == NULL);
    evercred_source_free(others);
    evercred_client_free(other);

    FAILS_ONLY(EVERCRED_E_INVALID_ARGUMENT, evercred_subscription_next(NULL, 0, &event));
    OK(evercred_subscription_open(client, NULL, &subscription));
    FAILS_ONLY(EVERCRED_E_INVALID_ARGUMENT, evercred_subscription_next(subscription, 0, NULL));
    evercred_subscription_free(subscription);

    CHECK_INT(-1, evercred_subscription_descriptor(NULL));
    CHECK_INT(0, evercred_event_kind(NULL));
    CHECK_INT(0, evercred_event_generation(NULL));
    CHECK_INT(0, evercred_event_occurred_at_ms(NULL));
    CHECK_INT(0, evercred_event_dropped_before(NULL));
    CHECK(evercred_event_error(NULL) == NULL);
    CHECK(evercred_event_source_name(NULL, NULL)[0] == '\0');
    CHECK(!evercred_status_is_rotation_overdue(NULL));
    evercred_subscription_free(NULL);
    evercred_event_free(NULL);
}

static void *wait_for_the_end(void *argument) {
    evercred_event *event = NULL;
    FAILS_ONLY(EVERCRED_E_CLOSED, evercred_subscription_next(argument, 50000 * slowdown(), &event));
    CHECK(event == NULL);
    return NULL;
}

int main(void) {
    test_begin("subscription");
    evercred_client *client = both_clouds();
    wrong_arguments(client);
    life(client);
    rejection_codes(client);

    evercred_subscription *waiting = NULL, *watched = NULL;
    OK(evercred_subscription_open(client, NULL, &waiting));
    OK(evercred_subscription_open(client, NULL, &watched));
    const int descriptor = evercred_subscription_descriptor(watched);
    CHECK(!polled(descriptor, 0));
    pthread_t waiter;
    CHECK_INT(0, pthread_create(&waiter, NULL, wait_for_the_end, waiting));
    sleep_ms(20);
    const int64_t before = monotonic_ms();
    evercred_client_free(client);
    CHECK_INT(0, pthread_join(waiter, NULL));
    CHECK(monotonic_ms() - before < 10000 * (int64_t)slowdown());
    CHECK(polled(descriptor, 0));
    evercred_event *event = NULL;
    FAILS_ONLY(EVERCRED_E_CLOSED, evercred_subscription_next(watched, -1, &event));
    evercred_subscription_free(waiting);
    evercred_subscription_free(watched);
    return test_end();
}
