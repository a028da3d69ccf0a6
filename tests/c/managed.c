/* A managed access key: fetched, rotated in an emergency, reported as rejected, replaced; errors name the cause. */
#include "managed.h"

static evercred_credential *get_key(const evercred_source *source) {
    evercred_credential *credential = managed_get(source);
    CHECK_INT(EVERCRED_KIND_ACCESS_KEY, evercred_credential_kind(credential));
    size_t length = 0;
    CHECK(strlen(evercred_credential_access_key_id(credential, NULL)) > 0);
    CHECK(strlen(evercred_credential_access_key_secret(credential, &length)) == length && length > 0);
    CHECK(strlen(evercred_credential_version_id(credential, NULL)) > 0);
    CHECK(evercred_credential_password(credential, NULL)[0] == '\0');
    return credential;
}

int main(void) {
    test_begin("managed");
    evercred_config *config = managed_config();
    evercred_client *client = client_with(config);
    evercred_config_free(config);
    evercred_source *source = NULL;
    refused(evercred_source_open_managed(client, NULL, &source), EVERCRED_E_INVALID_ARGUMENT, "secret_name");
    refused(evercred_source_open_managed(client, "", &source), EVERCRED_E_INVALID_ARGUMENT, "secret_name");
    refused(evercred_source_open_managed(NULL, SECRET_NAME, &source), EVERCRED_E_INVALID_ARGUMENT, "client");
    refused(evercred_source_open_managed(client, SECRET_NAME, NULL), EVERCRED_E_INVALID_ARGUMENT, "source_out");
    CHECK(source == NULL);

    OK(evercred_source_open_managed(client, SECRET_NAME, &source));
    evercred_credential *old = get_key(source);
    CHECK(evercred_credential_is_current(old));
    CHECK_INT(0, evercred_credential_expires_at_ms(old));
    CHECK(evercred_credential_renew_at_ms(old) > wall_clock_ms());

    /* An emergency: the old key is deleted at once. */
    control("rotate-secret", "{\"name\":\"" SECRET_NAME "\",\"overlap_ms\":0}", NULL);
    OK(evercred_source_report_rejected(source, old));
    CHECK(!evercred_credential_is_current(old));
    evercred_credential *fresh = get_key(source);
    CHECK(strcmp(evercred_credential_access_key_id(old, NULL), evercred_credential_access_key_id(fresh, NULL)) != 0);
    CHECK(evercred_credential_is_current(fresh));

    evercred_source *absent = NULL;
    OK(evercred_source_open_managed(client, "no/such/secret", &absent));
    evercred_credential *nothing = NULL;
    evercred_error *error = evercred_source_get(absent, 10000 * slowdown(), &nothing);
    CHECK_HAS(evercred_error_provider_code(error, NULL), "Forbidden.ResourceNotFound");
    refused(error, EVERCRED_E_REFUSED, "");
    CHECK(nothing == NULL);

    evercred_credential_free(old);
    evercred_credential_free(fresh);
    evercred_source_free(absent);
    evercred_source_free(source);
    evercred_client_free(client);
    return test_end();
}
