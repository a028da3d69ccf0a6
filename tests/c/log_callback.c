/* The log callback receives messages without secrets, and its userdata is freed exactly once. */
#include "common.h"

#include <pthread.h>

struct log {
    pthread_mutex_t lock;
    char text[1 << 18];
    size_t held;
    int messages;
    int freed;
    int32_t least_important;
};

static struct log verbose = {.lock = PTHREAD_MUTEX_INITIALIZER};
static struct log replaced = {.lock = PTHREAD_MUTEX_INITIALIZER};
static struct log quiet = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void keep(void *userdata, int32_t level, const char *message, size_t message_len) {
    struct log *log = userdata;
    pthread_mutex_lock(&log->lock);
    CHECK(level >= EVERCRED_LOG_ERROR && level <= EVERCRED_LOG_DEBUG);
    CHECK(message_len > 0);
    CHECK(log->freed == 0);
    if (level > log->least_important) {
        log->least_important = level;
    }
    ++log->messages;
    /* The rest is not needed: the tests check the beginning of a run. */
    if (log->held + message_len + 2 < sizeof log->text) {
        memcpy(log->text + log->held, message, message_len);
        log->held += message_len;
        log->text[log->held++] = '\n';
        log->text[log->held] = '\0';
    }
    pthread_mutex_unlock(&log->lock);
}

static void count_free(void *userdata) {
    struct log *log = userdata;
    pthread_mutex_lock(&log->lock);
    ++log->freed;
    pthread_mutex_unlock(&log->lock);
}

static int freed(struct log *log) {
    pthread_mutex_lock(&log->lock);
    const int count = log->freed;
    pthread_mutex_unlock(&log->lock);
    return count;
}

static void check_freed_once(struct log *log) {
    const int64_t deadline = monotonic_ms() + 2000 * (int64_t)slowdown();
    while (freed(log) == 0 && monotonic_ms() < deadline) {
        sleep_ms(5);
    }
    CHECK_INT(1, freed(log));
}

static evercred_client *logging_client(struct log *log, int32_t level, const char *secret_key) {
    evercred_config *config = test_config();
    OK(evercred_config_set(config, "tencent_secret_key", secret_key));
    OK(evercred_config_set_log_callback(config, level, keep, log, count_free));
    evercred_client *client = client_with(config);
    evercred_config_free(config);
    CHECK_INT(0, freed(log));
    return client;
}

static void every_message_without_secrets(void) {
    evercred_client *client = logging_client(&verbose, EVERCRED_LOG_DEBUG, TEST_SECRET_KEY);
    evercred_source *source = test_source(client);
    evercred_credential *first = test_get(source);
    control_rotate();
    OK(evercred_source_report_rejected(source, first));
    evercred_credential *second = test_get(source);
    evercred_source *failing = NULL;
    OK(evercred_source_open_database(client, TEST_REGION, TEST_INSTANCE, "nobody", &failing));
    evercred_credential *none = NULL;
    evercred_error *error = evercred_source_get(failing, 10000 * slowdown(), &none);
    CHECK(error != NULL);
    evercred_error_free(error);
    evercred_source_free(failing);
    evercred_source_free(source);
    evercred_client_free(client);
    check_freed_once(&verbose);

    CHECK(verbose.messages > 0);
    CHECK_LACKS(verbose.text, TEST_SECRET_KEY);
    CHECK_LACKS(verbose.text, evercred_credential_password(first, NULL));
    CHECK_LACKS(verbose.text, evercred_credential_password(second, NULL));
    evercred_credential_free(first);
    evercred_credential_free(second);
}

static void only_the_level_asked_for(void) {
    evercred_client *client = logging_client(&quiet, EVERCRED_LOG_ERROR, TEST_SECRET_KEY);
    evercred_source *source = test_source(client);
    evercred_credential_free(test_get(source));
    evercred_source_free(source);
    evercred_client_free(client);
    check_freed_once(&quiet);
    CHECK(quiet.least_important <= EVERCRED_LOG_ERROR);
}

/* The userdata of a callback that is replaced before a client is created is freed too. */
static void replaced_before_use(void) {
    evercred_config *config = test_config();
    OK(evercred_config_set_log_callback(config, EVERCRED_LOG_INFO, keep, &replaced, count_free));
    OK(evercred_config_set_log_callback(config, EVERCRED_LOG_INFO, keep, &replaced, NULL));
    CHECK_INT(1, freed(&replaced));
    evercred_config_free(config);
    CHECK_INT(1, freed(&replaced));
}

int main(void) {
    test_begin("log_callback");
    every_message_without_secrets();
    only_the_level_asked_for();
    replaced_before_use();
    return test_end();
}
