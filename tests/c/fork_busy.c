/* A hundred children are forked while every part of the library is at work; each of them goes on with what it inherits,
 * and with a client of its own. */
#include "fork.h"

#include <pthread.h>

#define CHILDREN 100
#define AT_ONCE 4
#define WORKERS 6

static int stop_flag;
static struct test_cache cache;
static evercred_config *shared_config;
static evercred_client *client;
static evercred_source *database;
static evercred_source *managed;

static void on_log(void *userdata, int32_t level, const char *message, size_t message_len) {
    (void)userdata;
    (void)level;
    CHECK(strlen(message) == message_len);
}

static evercred_config *busy_config(void) {
    evercred_config *config = managed_config();
    use_cache(config, &cache);
    OK(evercred_config_set_log_callback(config, EVERCRED_LOG_DEBUG, on_log, NULL, NULL));
    return config;
}

static void refresh(const evercred_source *source) {
    evercred_credential *credential = NULL;
    OK(evercred_source_refresh(source, 20000 * slowdown(), &credential));
    CHECK(evercred_credential_generation(credential) != 0);
    evercred_credential_free(credential);
}

static void refresh_database(void) { refresh(database); }

static void refresh_managed(void) { refresh(managed); }

static void open_and_free(void) {
    evercred_config *overrides = NULL;
    OK(evercred_config_new(&overrides));
    OK(evercred_config_set(overrides, "max_stale_ms", "1000"));
    evercred_source *source = NULL;
    OK(evercred_source_open_database_with(client, overrides, TEST_REGION, TEST_INSTANCE, TEST_USER, &source));
    evercred_credential_free(test_get(source));
    evercred_source_free(source);
    evercred_config_free(overrides);
}

static void report(void) {
    evercred_report *text = NULL;
    OK(evercred_client_report(client, EVERCRED_REPORT_JSON, &text));
    evercred_report_free(text);
    evercred_status *status = NULL;
    OK(evercred_source_status(database, &status));
    evercred_status_free(status);
}

static void subscribe(void) {
    evercred_subscription *subscription = NULL;
    OK(evercred_subscription_open(client, NULL, &subscription));
    evercred_event *event = NULL;
    evercred_error_free(evercred_subscription_next(subscription, 5, &event));
    evercred_event_free(event);
    evercred_subscription_free(subscription);
}

static void configure(void) { OK(evercred_config_set(shared_config, "poll_interval_ms", "60000")); }

static void *work(void *argument) {
    void (*const step)(void) = *(void (**)(void))argument;
    while (__atomic_load_n(&stop_flag, __ATOMIC_ACQUIRE) == 0) {
        step();
        sleep_ms(1);
    }
    return NULL;
}

static void live_in_child(int number) {
    alarm((unsigned)(40 * slowdown()));
    evercred_credential_free(test_get(database));
    switch (number % 4) {
    case 0:
        refresh(database);
        break;
    case 1:
        refresh(managed);
        report();
        break;
    case 2:
        open_and_free();
        subscribe();
        break;
    default: {
        evercred_client *another = client_with(shared_config);
        evercred_source *source = test_source(another);
        evercred_credential_free(test_get(source));
        evercred_source_free(source);
        evercred_client_free(another);
    }
    }
    evercred_client_close(client);
    evercred_source_free(database);
    evercred_source_free(managed);
    evercred_client_free(client);
    _exit(0);
}

int main(void) {
    test_begin("fork_busy");
    make_cache(&cache);
    shared_config = busy_config();
    client = client_with(shared_config);
    database = test_source(client);
    managed = managed_source(client, SECRET_NAME);
    evercred_credential_free(test_get(database));
    evercred_credential_free(managed_get(managed));
    static void (*const steps[WORKERS])(void) = {refresh_database, refresh_managed, open_and_free,
                                                 report,           subscribe,       configure};
    pthread_t workers[WORKERS];
    for (int index = 0; index < WORKERS; ++index) {
        void (*const *step)(void) = &steps[index];
        CHECK(pthread_create(&workers[index], NULL, work, (void *)step) == 0);
    }
    for (int number = 0; number < CHILDREN; ++number) {
        if (number >= AT_ONCE) {
            expect_good_end(-1);
        }
        sleep_ms(number % 3);
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            live_in_child(number);
        }
    }
    for (int number = 0; number < AT_ONCE; ++number) {
        expect_good_end(-1);
    }
    __atomic_store_n(&stop_flag, 1, __ATOMIC_RELEASE);
    for (int index = 0; index < WORKERS; ++index) {
        CHECK(pthread_join(workers[index], NULL) == 0);
    }
    evercred_source_free(database);
    evercred_source_free(managed);
    evercred_client_free(client);
    evercred_config_free(shared_config);
    remove_cache(&cache);
    return test_end();
}
