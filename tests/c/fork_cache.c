/* A process ends in the middle of a fetch and leaves a forked child behind: the child keeps no lock of the cache file.
 */
#include "fork.h"

#include <pthread.h>

#define LIFE_SECONDS 50

static struct test_cache cache;
static int waited_for_another;

static void on_log(void *userdata, int32_t level, const char *message, size_t message_len) {
    (void)userdata;
    (void)level;
    (void)message_len;
    if (strstr(message, "another process takes too long") != NULL) {
        __atomic_store_n(&waited_for_another, 1, __ATOMIC_RELEASE);
    }
}

static evercred_client *cached_client(void) {
    evercred_config *config = test_config();
    use_cache(config, &cache);
    OK(evercred_config_set_log_callback(config, EVERCRED_LOG_DEBUG, on_log, NULL, NULL));
    evercred_client *client = client_with(config);
    evercred_config_free(config);
    return client;
}

static void *fetch(void *source) {
    evercred_credential *credential = NULL;
    evercred_error_free(evercred_source_get(source, LIFE_SECONDS * 1000, &credential));
    return NULL;
}

/* Fetches, forks a child that lives on, tells its id, and ends without any cleaning up. */
static void end_in_mid_fetch(int tell) {
    evercred_source *source = test_source(cached_client());
    const int64_t before = control_requests();
    pthread_t fetcher;
    CHECK(pthread_create(&fetcher, NULL, fetch, source) == 0);
    while (control_requests() == before) {
        sleep_ms(10);
    }
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        close(tell);
        alarm((unsigned)(LIFE_SECONDS * slowdown()));
        pause();
        _exit(0);
    }
    CHECK(write(tell, &child, sizeof child) == (ssize_t)sizeof child);
    kill(getpid(), SIGKILL);
}

int main(void) {
    test_begin("fork_cache");
    make_cache(&cache);
    control_delay(LIFE_SECONDS * 1000, 1);
    int told[2];
    CHECK(pipe(told) == 0);
    const pid_t parent = fork();
    CHECK(parent >= 0);
    if (parent == 0) {
        close(told[0]);
        end_in_mid_fetch(told[1]);
    }
    close(told[1]);
    pid_t child = 0;
    CHECK(read(told[0], &child, sizeof child) == (ssize_t)sizeof child);
    int status = 0;
    CHECK(waitpid(parent, &status, 0) == parent);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    evercred_client *client = cached_client();
    evercred_source *source = test_source(client);
    evercred_credential *credential = NULL;
    OK(evercred_source_get(source, 20000 * slowdown(), &credential));
    CHECK_INT(0, __atomic_load_n(&waited_for_another, __ATOMIC_ACQUIRE));
    CHECK(kill(child, SIGKILL) == 0);
    evercred_credential_free(credential);
    evercred_source_free(source);
    evercred_client_free(client);
    remove_cache(&cache);
    return test_end();
}
