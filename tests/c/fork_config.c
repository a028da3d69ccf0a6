/* A child that is forked while another thread uses a configuration, or opens the first client of the process, opens a
 * client with that configuration. */
#include "fork.h"

#include <pthread.h>

#define FORKS 300
#define FIRST_USES 100

static int stop_flag;

static void on_log(void *userdata, int32_t level, const char *message, size_t message_len) {
    (void)userdata;
    (void)level;
    (void)message;
    (void)message_len;
}

static void *keep_changing(void *argument) {
    evercred_config *config = argument;
    while (__atomic_load_n(&stop_flag, __ATOMIC_ACQUIRE) == 0) {
        OK(evercred_config_set(config, "poll_interval_ms", "60000"));
        OK(evercred_config_set(config, "tencent_secret_id", TEST_SECRET_ID));
        OK(evercred_config_set_log_callback(config, EVERCRED_LOG_DEBUG, on_log, NULL, NULL));
    }
    return NULL;
}

/* Its own alarm ends a child that hangs. */
static void open_in_child(const evercred_config *config) {
    alarm((unsigned)(20 * slowdown()));
    evercred_client *client = NULL;
    OK(evercred_client_new(config, &client));
    evercred_source *source = test_source(client);
    evercred_source_free(source);
    evercred_client_free(client);
    _exit(0);
}

static void *open_one(void *config) {
    evercred_client *client = NULL;
    OK(evercred_client_new(config, &client));
    evercred_client_free(client);
    return NULL;
}

static void *keep_opening(void *config) {
    while (__atomic_load_n(&stop_flag, __ATOMIC_ACQUIRE) == 0) {
        open_one(config);
    }
    return NULL;
}

/* The process of the call has not opened a client yet. It forks while a thread opens the first one. */
static void fork_during_first_use(evercred_config *config, int round) {
    alarm((unsigned)(40 * slowdown()));
    pthread_t opening;
    CHECK(pthread_create(&opening, NULL, open_one, config) == 0);
    for (volatile int spin = 0; spin < round * 200; ++spin) {
    }
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        open_in_child(config);
    }
    expect_good_end(child);
    CHECK(pthread_join(opening, NULL) == 0);
    _exit(0);
}

int main(void) {
    test_begin("fork_config");
    evercred_config *config = test_config();
    for (int round = 0; round < FIRST_USES; ++round) {
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            fork_during_first_use(config, round);
        }
        expect_good_end(child);
    }
    pthread_t changing;
    pthread_t opening;
    CHECK(pthread_create(&changing, NULL, keep_changing, config) == 0);
    CHECK(pthread_create(&opening, NULL, keep_opening, config) == 0);
    for (int round = 0; round < FORKS; ++round) {
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            open_in_child(config);
        }
        expect_good_end(child);
    }
    __atomic_store_n(&stop_flag, 1, __ATOMIC_RELEASE);
    CHECK(pthread_join(changing, NULL) == 0);
    CHECK(pthread_join(opening, NULL) == 0);
    evercred_config_free(config);
    return test_end();
}
