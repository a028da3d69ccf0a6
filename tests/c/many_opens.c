/* A thousand opens of one account cost one request and share one value; fifty accounts cost one thread. */
#include "common.h"

#define OPENS 1000
#define ACCOUNTS 50

static evercred_source *sources[OPENS];

/* The emulator knows none of them; that makes no difference to the client. */
static void open_many_accounts(evercred_client *client) {
    evercred_source *accounts[ACCOUNTS];
    for (int index = 0; index < ACCOUNTS; ++index) {
        char user[32];
        snprintf(user, sizeof user, "user_%d", index);
        OK(evercred_source_open_database(client, TEST_REGION, TEST_INSTANCE, user, &accounts[index]));
        evercred_credential *credential = NULL;
        evercred_error *error = evercred_source_get(accounts[index], 10000 * slowdown(), &credential);
        CHECK_INT(EVERCRED_E_REFUSED, evercred_error_code(error));
        evercred_error_free(error);
    }
    for (int index = 0; index < ACCOUNTS; ++index) {
        evercred_source_free(accounts[index]);
    }
}

int main(void) {
    test_begin("many_opens");
    const int threads_at_start = threads_now();
    evercred_client *client = test_client(NULL, NULL);
    const int64_t before = control_requests();
    uint64_t generation = 0;
    for (int index = 0; index < OPENS; ++index) {
        sources[index] = test_source(client);
        evercred_credential *credential = test_get(sources[index]);
        if (index == 0) {
            generation = evercred_credential_generation(credential);
        }
        CHECK_INT(generation, evercred_credential_generation(credential));
        CHECK_INT(generation, read_generation(sources[index]));
        evercred_credential_free(credential);
    }
    CHECK_INT(1, control_requests() - before);
    CHECK_INT(OPENS + 1, evercred_live_handles());

    open_many_accounts(client);
    /* Reading the root certificates used another thread, which ends after a moment. */
    wait_for_threads(threads_at_start + 1);

    /* Freed from both ends, so that the first handle is not the last one freed. */
    for (int index = 0; index < OPENS / 2; ++index) {
        evercred_source_free(sources[index]);
        evercred_source_free(sources[OPENS - 1 - index]);
    }
    evercred_client_free(client);
    return test_end();
}
