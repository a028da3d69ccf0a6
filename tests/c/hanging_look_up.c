/* A look-up of a name that hangs: the client is closed and freed meanwhile, and nothing of it is called afterwards. */
#include "common.h"

#include <netdb.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int looked_up;
static int released;
static int messages;
static int freed;
static int late_messages;

/* Takes the place of the system's: it hangs until it is released. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **res) {
    (void)node;
    (void)service;
    (void)hints;
    *res = NULL;
    pthread_mutex_lock(&lock);
    ++looked_up;
    pthread_cond_broadcast(&changed);
    while (!released) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
    return EAI_AGAIN;
}

static void count(void *userdata, int32_t level, const char *message, size_t message_len) {
    (void)userdata;
    (void)level;
    (void)message;
    pthread_mutex_lock(&lock);
    CHECK(message_len > 0);
    ++messages;
    if (freed != 0) {
        ++late_messages;
    }
    pthread_mutex_unlock(&lock);
}

static void count_free(void *userdata) {
    (void)userdata;
    pthread_mutex_lock(&lock);
    ++freed;
    pthread_mutex_unlock(&lock);
}

static int read_locked(const int *number) {
    pthread_mutex_lock(&lock);
    const int copy = *number;
    pthread_mutex_unlock(&lock);
    return copy;
}

int main(void) {
    test_begin("hanging_look_up");
    evercred_config *config = test_config();
    OK(evercred_config_set(config, "tencent_endpoint", "a-name-that-hangs.example"));
    OK(evercred_config_set(config, "proxy", "none"));
    /* Long enough for a slow machine to begin the look-up. */
    char total_timeout_ms[16];
    snprintf(total_timeout_ms, sizeof total_timeout_ms, "%d", 1000 * slowdown());
    OK(evercred_config_set(config, "total_timeout_ms", total_timeout_ms));
    OK(evercred_config_set(config, "max_attempts", "1"));
    OK(evercred_config_set_log_callback(config, EVERCRED_LOG_DEBUG, count, NULL, count_free));
    evercred_client *client = client_with(config);
    evercred_config_free(config);
    evercred_source *source = test_source(client);
    evercred_credential *credential = NULL;

    /* The deadline of the refresh holds although the look-up does not end. */
    evercred_error *error = evercred_source_get(source, 20000 * slowdown(), &credential);
    CHECK(error != NULL && evercred_error_is_retryable(error));
    CHECK_INT(0, evercred_error_http_status(error));
    evercred_error_free(error);
    CHECK(read_locked(&looked_up) > 0);

    const int64_t closing_at = monotonic_ms();
    evercred_client_close(client);
    CHECK(monotonic_ms() - closing_at < 3000 * (int64_t)slowdown());
    const int messages_when_closed = read_locked(&messages);
    evercred_source_free(source);
    evercred_client_free(client);
    CHECK_INT(1, read_locked(&freed));

    pthread_mutex_lock(&lock);
    released = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    /* The threads that were left behind end. */
    wait_for_threads(1);
    CHECK_INT(messages_when_closed, read_locked(&messages));
    CHECK_INT(0, read_locked(&late_messages));
    CHECK_INT(1, read_locked(&freed));
    return test_end();
}
