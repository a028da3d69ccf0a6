/* At the system's limit of threads a call fails with a code of its own, and succeeds when there are threads again. */
#include "common.h"

#include <pthread.h>
#include <sys/resource.h>

/* The limit does not concern root. */
#define ANOTHER_USER 65534

static void *end_at_once(void *unused) { return unused; }

static bool can_start_a_thread(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, end_at_once, NULL) != 0) {
        return false;
    }
    CHECK(pthread_join(thread, NULL) == 0);
    return true;
}

int main(void) {
    test_begin("no_threads");
    evercred_client *client = test_client(NULL, NULL);
    evercred_source *source = test_source(client);
    struct rlimit before;
    CHECK(getrlimit(RLIMIT_NPROC, &before) == 0);
    const struct rlimit none = {1, before.rlim_max};
    const bool is_another_user = getuid() != 0 || setuid(ANOTHER_USER) == 0;
    CHECK(setrlimit(RLIMIT_NPROC, &none) == 0);
    if (can_start_a_thread()) {
        printf("skipped: the limit of threads has no effect here%s\n", is_another_user ? "" : ", for root");
    } else {
        evercred_credential *credential = NULL;
        evercred_error *error =
            FAILS(EVERCRED_E_RESOURCES, evercred_source_get(source, 5000 * slowdown(), &credential));
        CHECK(credential == NULL && evercred_error_is_retryable(error));
        CHECK_INT(EVERCRED_PROGRESS_NOT_SENT, evercred_error_progress(error));
        CHECK_HAS(evercred_error_message(error, NULL), "thread");
        evercred_error_free(error);
    }
    CHECK(setrlimit(RLIMIT_NPROC, &before) == 0);
    evercred_credential_free(test_get(source));
    evercred_source_free(source);
    evercred_client_free(client);
    return test_end();
}
