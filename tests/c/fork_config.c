/* A child that is forked while another thread uses a configuration opens a client with that configuration. */
#include "common.h"

#include <pthread.h>
#include <sys/wait.h>

#define FORKS 300

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

int main(void) {
    test_begin("fork_config");
    evercred_config *config = test_config();
    pthread_t worker;
    CHECK(pthread_create(&worker, NULL, keep_changing, config) == 0);
    for (int round = 0; round < FORKS; ++round) {
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            open_in_child(config);
        }
        int result = 0;
        while (waitpid(child, &result, 0) < 0) {
            CHECK_INT(EINTR, errno);
        }
        CHECK(!WIFSIGNALED(result) || WTERMSIG(result) != SIGALRM);
        CHECK(WIFEXITED(result) && WEXITSTATUS(result) == 0);
    }
    __atomic_store_n(&stop_flag, 1, __ATOMIC_RELEASE);
    CHECK(pthread_join(worker, NULL) == 0);
    evercred_config_free(config);
    return test_end();
}
