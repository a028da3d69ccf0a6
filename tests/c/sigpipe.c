/* A server that closes the connection early must not kill a host program with the default SIGPIPE action. */
#include "common.h"

#define FAULTS 6

static void default_disposition(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    CHECK(sigaction(SIGPIPE, &action, NULL) == 0);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    CHECK(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
}

/* Refreshes while the server closes connections: any network error will do, if the process survives. */
static void survive(const evercred_source *source) {
    control_close_early(FAULTS);
    for (int round = 0; round < FAULTS; ++round) {
        evercred_credential *credential = NULL;
        evercred_error *error = evercred_source_refresh(source, 2000 * slowdown(), &credential);
        if (error != NULL) {
            CHECK(credential == NULL);
            CHECK_LACKS(evercred_error_message(error, NULL), TEST_SECRET_KEY);
        }
        evercred_error_free(error);
        evercred_credential_free(credential);
    }
    control_clear_faults();
}

/* A request too large for the socket's buffer is still being written when the server closes the connection. */
static void survive_large_request(evercred_client *client) {
    const size_t length = (size_t)4 << 20;
    char *instance = malloc(length + 1);
    CHECK(instance != NULL);
    memset(instance, 'a', length);
    instance[length] = '\0';
    evercred_source *source = NULL;
    evercred_error *error = evercred_source_open_database(client, TEST_REGION, instance, TEST_USER, &source);
    free(instance);
    if (error == NULL) {
        survive(source);
        evercred_source_free(source);
    } else {
        CHECK_INT(EVERCRED_E_INVALID_ARGUMENT, evercred_error_code(error));
        evercred_error_free(error);
    }
}

static void in_mode(const char *mode) {
    evercred_client *client = test_client("refresh", mode);
    evercred_source *source = test_source(client);
    survive(source);
    survive_large_request(client);
    evercred_credential *credential = NULL;
    OK(evercred_source_refresh(source, 10000 * slowdown(), &credential));
    CHECK(evercred_credential_password(credential, NULL)[0] != '\0');
    evercred_credential_free(credential);
    evercred_source_free(source);
    evercred_client_free(client);
}

int main(void) {
    test_begin("sigpipe");
    default_disposition();
    in_mode("background");
    in_mode("lazy");

    /* The library has not changed the signal action. */
    struct sigaction action;
    CHECK(sigaction(SIGPIPE, NULL, &action) == 0);
    CHECK(action.sa_handler == SIG_DFL);
    sigset_t blocked;
    CHECK(sigprocmask(SIG_BLOCK, NULL, &blocked) == 0);
    CHECK(sigismember(&blocked, SIGPIPE) == 0);
    return test_end();
}
