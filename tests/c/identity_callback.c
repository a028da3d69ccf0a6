/* A login identity from a callback: for both clouds, renewed, rejected, slow; its userdata is freed once. */
#include "managed.h"

#include <pthread.h>

enum task {
    HAND_OVER,
    HAND_OVER_FROM_ANOTHER_THREAD,
    ASK_FOR_ITSELF,
    FAIL_FOR_NOW,
    FAIL_FOR_GOOD,
    FAIL_SILENTLY,
    DO_NOTHING,
    PASS_NONSENSE,
    HANG
};

/* The task of the callback in a test, and the result. */
struct host {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    enum task task;
    const char *id;
    const char *secret;
    int64_t life_ms;
    const evercred_source *source;
    int calls;
    int running;
    int most_running;
    int freed;
    bool released;
};

static void host_init(struct host *host, enum task task) {
    memset(host, 0, sizeof *host);
    CHECK(pthread_mutex_init(&host->lock, NULL) == 0);
    CHECK(pthread_cond_init(&host->changed, NULL) == 0);
    host->task = task;
    host->id = ASKER;
    host->secret = ASKER_SECRET;
}

struct errand {
    const struct host *host;
    evercred_identity *identity;
};

static void *set_key(void *argument) {
    const struct errand *errand = argument;
    const int64_t life_ms = errand->host->life_ms;
    const int64_t ends = life_ms == 0 ? 0 : wall_clock_ms() + life_ms;
    OK(evercred_identity_set_key(errand->identity, errand->host->id, errand->host->secret, NULL, ends));
    return NULL;
}

static void pass_nonsense(const struct host *host, evercred_identity *identity) {
    refused(evercred_identity_set_key(NULL, host->id, host->secret, NULL, 0), EVERCRED_E_INVALID_ARGUMENT, "identity");
    refused(evercred_identity_set_key(identity, NULL, host->secret, NULL, 0), EVERCRED_E_INVALID_ARGUMENT,
            "access_key_id");
    refused(evercred_identity_set_key(identity, host->id, NULL, NULL, 0), EVERCRED_E_INVALID_ARGUMENT,
            "access_key_secret");
    refused(evercred_identity_set_key(identity, host->id, ASKER_SECRET "\n", NULL, 0), EVERCRED_E_INVALID_ARGUMENT,
            "access_key_secret");
    refused(evercred_identity_set_key(identity, host->id, "\xff", NULL, 0), EVERCRED_E_INVALID_ARGUMENT,
            "access_key_secret");
    refused(evercred_identity_set_key(identity, host->id, host->secret, " t", 0), EVERCRED_E_INVALID_ARGUMENT,
            "security_token");
    refused(evercred_identity_set_key(identity, host->id, host->secret, NULL, -1), EVERCRED_E_INVALID_ARGUMENT,
            "expires_at_ms");
    evercred_identity_set_error(NULL, "ignored", true);
}

static void hand_over(void *userdata, evercred_identity *identity) {
    struct host *host = userdata;
    CHECK(identity != NULL);
    pthread_mutex_lock(&host->lock);
    ++host->calls;
    CHECK_INT(0, host->freed);
    if (++host->running > host->most_running) {
        host->most_running = host->running;
    }
    const enum task task = host->task;
    pthread_cond_broadcast(&host->changed);
    pthread_mutex_unlock(&host->lock);

    struct errand errand = {host, identity};
    pthread_t other;
    evercred_credential *none = NULL;
    switch (task) {
    case HAND_OVER:
        set_key(&errand);
        break;
    case HAND_OVER_FROM_ANOTHER_THREAD:
        CHECK(pthread_create(&other, NULL, set_key, &errand) == 0);
        CHECK(pthread_join(other, NULL) == 0);
        break;
    case ASK_FOR_ITSELF:
        /* This would wait for this very call, and ends in time. */
        FAILS_ONLY(EVERCRED_E_TIMEOUT, evercred_source_get(host->source, 50, &none));
        set_key(&errand);
        break;
    case FAIL_FOR_NOW:
        set_key(&errand);
        evercred_identity_set_error(identity, "the vault is\nbusy", true);
        break;
    case FAIL_FOR_GOOD:
        evercred_identity_set_error(identity, "the vault is sealed", false);
        break;
    case FAIL_SILENTLY:
        evercred_identity_set_error(identity, NULL, false);
        break;
    case DO_NOTHING:
        break;
    case PASS_NONSENSE:
        pass_nonsense(host, identity);
        break;
    case HANG:
        pthread_mutex_lock(&host->lock);
        while (!host->released) {
            pthread_cond_wait(&host->changed, &host->lock);
        }
        pthread_mutex_unlock(&host->lock);
        set_key(&errand);
        break;
    }
    pthread_mutex_lock(&host->lock);
    --host->running;
    pthread_mutex_unlock(&host->lock);
}

static void count_free(void *userdata) {
    struct host *host = userdata;
    pthread_mutex_lock(&host->lock);
    CHECK_INT(0, host->running);
    ++host->freed;
    pthread_mutex_unlock(&host->lock);
}

static int read_locked(struct host *host, const int *number) {
    pthread_mutex_lock(&host->lock);
    const int value = *number;
    pthread_mutex_unlock(&host->lock);
    return value;
}

static void wait_until(struct host *host, const int *number, int least) {
    const int64_t deadline = monotonic_ms() + 10000 * (int64_t)slowdown();
    while (read_locked(host, number) < least && monotonic_ms() < deadline) {
        sleep_ms(5);
    }
    CHECK(read_locked(host, number) >= least);
}

static void release(struct host *host) {
    pthread_mutex_lock(&host->lock);
    host->released = true;
    pthread_cond_broadcast(&host->changed);
    pthread_mutex_unlock(&host->lock);
}

/* The end of every test: client, sources and configurations are freed, so the userdata was freed, once. */
static void check_freed_once(struct host *host) {
    CHECK_INT(1, read_locked(host, &host->freed));
    sleep_ms(20);
    CHECK_INT(1, read_locked(host, &host->freed));
    CHECK(host->most_running <= 1);
    pthread_cond_destroy(&host->changed);
    pthread_mutex_destroy(&host->lock);
}

static evercred_client *client_of(struct host *host, const char *key, const char *value) {
    evercred_config *config = kms_config();
    OK(evercred_config_set(config, "tencent_identity", "callback"));
    OK(evercred_config_set(config, "max_attempts", "1"));
    if (key != NULL) {
        OK(evercred_config_set(config, key, value));
    }
    OK(evercred_config_set_identity_callback(config, hand_over, host, count_free));
    evercred_client *client = client_with(config);
    evercred_config_free(config);
    CHECK_INT(0, read_locked(host, &host->freed));
    return client;
}

static void signs_for_both_clouds(void) {
    struct host host;
    host_init(&host, HAND_OVER);
    evercred_client *client = client_of(&host, NULL, NULL);
    evercred_source *managed = managed_source(client, SECRET_NAME);
    evercred_credential *key = managed_get(managed);
    CHECK_INT(1, read_locked(&host, &host.calls));
    host.id = TEST_SECRET_ID;
    host.secret = TEST_SECRET_KEY;
    evercred_source *database = test_source(client);
    evercred_credential *password = test_get(database);
    CHECK_INT(2, read_locked(&host, &host.calls));

    evercred_report *report = NULL;
    OK(evercred_client_report(client, EVERCRED_REPORT_JSON, &report));
    const char *text = evercred_report_text(report, NULL);
    CHECK_HAS(text, "identity/aliyun/callback");
    CHECK_HAS(text, "identity/tencent/callback");
    CHECK_HAS(text, "callback: used");
    CHECK_LACKS(text, ASKER_SECRET);
    CHECK_LACKS(text, TEST_SECRET_KEY);
    evercred_report_free(report);
    evercred_credential_free(key);
    evercred_credential_free(password);
    evercred_source_free(managed);
    evercred_source_free(database);
    CHECK_INT(0, read_locked(&host, &host.freed));
    evercred_client_free(client);
    check_freed_once(&host);
}

static void is_renewed_before_its_end(void) {
    struct host host;
    host_init(&host, HAND_OVER);
    host.life_ms = 2000 * (int64_t)slowdown();
    evercred_client *client = client_of(&host, NULL, NULL);
    evercred_source *source = managed_source(client, SECRET_NAME);
    evercred_credential_free(managed_get(source));
    wait_until(&host, &host.calls, 3);
    evercred_source_free(source);
    evercred_client_free(client);
    check_freed_once(&host);
}

static void may_use_threads_and_the_library(void) {
    static const enum task tasks[] = {HAND_OVER_FROM_ANOTHER_THREAD, ASK_FOR_ITSELF};
    for (size_t index = 0; index < sizeof tasks / sizeof tasks[0]; ++index) {
        struct host host;
        host_init(&host, tasks[index]);
        evercred_client *client = client_of(&host, NULL, NULL);
        evercred_source *source = managed_source(client, SECRET_NAME);
        host.source = source;
        evercred_credential_free(managed_get(source));
        CHECK_INT(1, read_locked(&host, &host.calls));
        evercred_source_free(source);
        evercred_client_free(client);
        check_freed_once(&host);
    }
}

static void failures_are_reported(void) {
    static const struct {
        enum task task;
        const char *message;
        bool retryable;
    } failures[] = {
        {FAIL_FOR_NOW, "the identity callback: the vault isbusy", true},
        {FAIL_FOR_GOOD, "the identity callback: the vault is sealed", false},
        {FAIL_SILENTLY, "it gave no reason", false},
        {DO_NOTHING, "without a key", false},
        {PASS_NONSENSE, "without a key", false},
    };
    for (size_t index = 0; index < sizeof failures / sizeof failures[0]; ++index) {
        struct host host;
        host_init(&host, failures[index].task);
        evercred_client *client = client_of(&host, NULL, NULL);
        evercred_source *source = managed_source(client, SECRET_NAME);
        evercred_credential *none = NULL;
        evercred_error *error = evercred_source_get(source, 10000 * slowdown(), &none);
        CHECK(none == NULL);
        CHECK(evercred_error_is_retryable(error) == failures[index].retryable);
        refused(error, EVERCRED_E_NO_IDENTITY, failures[index].message);
        evercred_source_free(source);
        evercred_client_free(client);
        check_freed_once(&host);
    }
}

static void wrong_arguments(void) {
    struct host host;
    host_init(&host, HAND_OVER);
    evercred_config *config = kms_config();
    refused(evercred_config_set_identity_callback(NULL, hand_over, &host, count_free), EVERCRED_E_INVALID_ARGUMENT,
            "config");
    refused(evercred_config_set_identity_callback(config, NULL, &host, count_free), EVERCRED_E_INVALID_ARGUMENT,
            "callback");
    CHECK_INT(0, host.freed);

    /* The option selects a callback, and none is registered. */
    OK(evercred_config_set(config, "aliyun_identity", "callback"));
    evercred_client *client = client_with(config);
    evercred_source *source = NULL;
    refused(evercred_source_open_managed(client, SECRET_NAME, &source), EVERCRED_E_INVALID_OPTION,
            "aliyun_identity: `callback`");
    CHECK(source == NULL);

    /* A source's own callback, by overrides; the userdata of one that is replaced before use is freed too. */
    evercred_config *overrides = NULL;
    OK(evercred_config_new(&overrides));
    OK(evercred_config_set_identity_callback(overrides, hand_over, &host, count_free));
    OK(evercred_config_set_identity_callback(overrides, hand_over, &host, NULL));
    CHECK_INT(1, host.freed);
    host.freed = 0;
    OK(evercred_config_set_identity_callback(overrides, hand_over, &host, count_free));
    OK(evercred_source_open_managed_with(client, overrides, SECRET_NAME, &source));
    evercred_config_free(overrides);
    evercred_credential_free(managed_get(source));
    evercred_source_free(source);
    evercred_client_free(client);
    evercred_config_free(config);
    check_freed_once(&host);
}

static void *wait_for_a_key(void *argument) {
    const evercred_source *source = argument;
    evercred_credential *none = NULL;
    FAILS_ONLY(EVERCRED_E_CLOSED, evercred_source_get(source, 30000 * slowdown(), &none));
    return NULL;
}

/* Callers stop waiting at the deadline, the callback is not called again meanwhile, and its result is not lost. */
static void a_slow_one_is_waited_for_once(void) {
    struct host host;
    host_init(&host, HANG);
    char limit[32];
    snprintf(limit, sizeof limit, "%d", 200 * slowdown());
    evercred_client *client = client_of(&host, "total_timeout_ms", limit);
    evercred_source *source = managed_source(client, SECRET_NAME);
    evercred_credential *credential = NULL;
    FAILS_ONLY(EVERCRED_E_TIMEOUT, evercred_source_get(source, 20, &credential));
    sleep_ms(700 * slowdown());
    evercred_error *error = evercred_source_get(source, 20, &credential);
    CHECK(error != NULL);
    evercred_error_free(error);
    CHECK_INT(1, read_locked(&host, &host.calls));
    release(&host);
    const int64_t deadline = monotonic_ms() + 10000 * (int64_t)slowdown();
    while ((error = evercred_source_get(source, 1000 * slowdown(), &credential)) != NULL) {
        evercred_error_free(error);
        CHECK(monotonic_ms() < deadline);
        sleep_ms(20);
    }
    CHECK_INT(1, read_locked(&host, &host.calls));
    evercred_credential_free(credential);
    evercred_source_free(source);
    evercred_client_free(client);
    check_freed_once(&host);
}

static void *free_client(void *client) {
    evercred_client_free(client);
    return NULL;
}

/* Freeing the client frees the userdata, wherever the call is: about to start, running, about to return. */
static void userdata_ends_with_the_client(void) {
    for (int round = 0; round < 40; ++round) {
        struct host host;
        host_init(&host, HAND_OVER);
        evercred_client *client = client_of(&host, NULL, NULL);
        evercred_source *source = managed_source(client, SECRET_NAME);
        evercred_credential *none = NULL;
        OK(evercred_source_try_get(source, &none));
        CHECK(none == NULL);
        const int64_t started_at = monotonic_ms();
        while (round % 4 != 0 && read_locked(&host, &host.calls) == 0 &&
               monotonic_ms() - started_at < 10 * (round % 4)) {
        }
        evercred_source_free(source);
        evercred_client_free(client);
        check_freed_once(&host);
    }
}

/* Closing does not wait for a callback that runs; freeing does. */
static void close_leaves_a_slow_one_alone(void) {
    struct host host;
    host_init(&host, HANG);
    evercred_client *client = client_of(&host, NULL, NULL);
    evercred_source *source = managed_source(client, SECRET_NAME);
    pthread_t waiter;
    CHECK(pthread_create(&waiter, NULL, wait_for_a_key, source) == 0);
    wait_until(&host, &host.calls, 1);
    const int64_t closed_at = monotonic_ms();
    evercred_client_close(client);
    /* The limit is one second; the rest of the margin is for a busy machine. */
    CHECK(monotonic_ms() - closed_at < 3000 * (int64_t)slowdown());
    CHECK(pthread_join(waiter, NULL) == 0);
    evercred_source_free(source);
    pthread_t freer;
    CHECK(pthread_create(&freer, NULL, free_client, client) == 0);
    sleep_ms(100);
    /* The callback still runs, with its userdata. */
    CHECK_INT(1, read_locked(&host, &host.running));
    CHECK_INT(0, read_locked(&host, &host.freed));
    release(&host);
    CHECK(pthread_join(freer, NULL) == 0);
    CHECK_INT(0, read_locked(&host, &host.running));
    check_freed_once(&host);
}

int main(void) {
    test_begin("identity_callback");
    signs_for_both_clouds();
    is_renewed_before_its_end();
    may_use_threads_and_the_library();
    failures_are_reported();
    wrong_arguments();
    a_slow_one_is_waited_for_once();
    close_leaves_a_slow_one_alone();
    userdata_ends_with_the_client();
    wait_for_threads(1);
    return test_end();
}
