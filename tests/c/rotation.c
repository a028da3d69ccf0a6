/* An emergency rotation: the first failed login is reported, and the next get returns the new password. */
#include "common.h"

int main(void) {
    test_begin("rotation");
    evercred_client *client = test_client(NULL, NULL);
    evercred_source *source = test_source(client);
    evercred_credential *old = test_get(source);
    CHECK_INT(evercred_credential_generation(old), read_generation(source));

    /* Before the report the library still returns the old password. */
    control_rotate();
    CHECK(evercred_credential_is_current(old));

    OK(evercred_source_report_rejected(source, old));
    CHECK(!evercred_credential_is_current(old));
    CHECK(read_generation(source) != evercred_credential_generation(old));

    evercred_credential *fresh = test_get(source);
    CHECK(!same_password(old, fresh));
    CHECK(evercred_credential_generation(fresh) != evercred_credential_generation(old));
    CHECK_INT(EVERCRED_STATE_FRESH, evercred_credential_state(fresh));
    CHECK(evercred_credential_is_current(fresh));
    CHECK(!evercred_credential_is_current(old));
    CHECK_INT(evercred_credential_generation(fresh), read_generation(source));

    /* A late report of the old password changes nothing. */
    const int64_t before = control_requests();
    OK(evercred_source_report_rejected(source, old));
    evercred_credential *same = test_get(source);
    CHECK(same_password(fresh, same));
    CHECK(evercred_credential_is_current(fresh));
    CHECK_INT(before, control_requests());

    /* A rotation is also found by asking for a refresh. */
    control_rotate();
    evercred_credential *refreshed = NULL;
    OK(evercred_source_refresh(source, 10000 * slowdown(), &refreshed));
    CHECK(!same_password(fresh, refreshed));
    CHECK(!evercred_credential_is_current(fresh));
    CHECK(evercred_credential_is_current(refreshed));

    evercred_credential_free(old);
    evercred_credential_free(fresh);
    evercred_credential_free(same);
    evercred_credential_free(refreshed);
    evercred_source_free(source);
    evercred_client_free(client);
    return test_end();
}
