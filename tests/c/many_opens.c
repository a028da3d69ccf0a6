/* A thousand opens of one account cost one request and one place in memory. */
#include "common.h"

#define OPENS 1000

static evercred_source *sources[OPENS];

int main(void) {
    test_begin("many_opens");
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

    /* Let go from both ends, so that the first to come is not the last to leave. */
    for (int index = 0; index < OPENS / 2; ++index) {
        evercred_source_free(sources[index]);
        evercred_source_free(sources[OPENS - 1 - index]);
    }
    evercred_client_free(client);
    return test_end();
}
