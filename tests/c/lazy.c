/* Lazy mode leaves no thread and publishes no generation, because no thread would update it. */
#include "common.h"

int main(void) {
    test_begin("lazy");
    const int at_start = threads_now();
    evercred_client *client = test_client("refresh", "lazy");
    evercred_source *source = test_source(client);
    CHECK_INT(at_start, threads_now());

    evercred_credential *first = test_get(source);
    CHECK_INT(0, read_generation(source));
    wait_for_threads(at_start);

    /* The second get is served from memory. */
    const int64_t before = control_requests();
    evercred_credential *second = test_get(source);
    CHECK(same_password(first, second));
    CHECK_INT(before, control_requests());

    control_rotate();
    OK(evercred_source_report_rejected(source, second));
    evercred_credential *third = test_get(source);
    CHECK(!same_password(second, third));
    CHECK_INT(0, read_generation(source));
    wait_for_threads(at_start);

    evercred_credential_free(first);
    evercred_credential_free(second);
    evercred_credential_free(third);
    evercred_client_close(client);
    evercred_source_free(source);
    evercred_client_free(client);
    wait_for_threads(at_start);
    return test_end();
}
