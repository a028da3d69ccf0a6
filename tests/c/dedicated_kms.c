/* Dedicated KMS: a separate instance that is asked with a client key and needs no other identity. */
#include "backends.h"

static evercred_client *client_of(const char *list) {
    evercred_config *config = test_config();
    OK(evercred_config_set(config, "aliyun_regions", list));
    evercred_client *client = client_with(config);
    evercred_config_free(config);
    return client;
}

int main(void) {
    test_begin("dedicated_kms");
    char folder[256], key_file[300], password_file[320], answer[CONTROL_ANSWER_MAX], json[16384], list[2048], more[512];
    make_folder(folder, sizeof folder);
    control("client-key", "{\"password\":\"a client key's password\"}", answer);
    answer_text(answer, "json", json, sizeof json);
    snprintf(key_file, sizeof key_file, "%s/clientKey.json", folder);
    snprintf(password_file, sizeof password_file, "%s/password", folder);
    write_file(key_file, json);
    write_file(password_file, "a client key's password\n");
    const char *ca = getenv("EVERCRED_TEST_CA");
    if (ca == NULL) {
        snprintf(more, sizeof more, "\"protocol\":\"http\"");
    } else {
        snprintf(more, sizeof more, "\"caFilePath\":\"%s\"", ca);
    }
    const char *form = "[{\"regionId\":\"cn-hangzhou\",\"endpoint\":\"%s\",\"clientKeyFile\":\"%s\",%s,%s}]";

    snprintf(list, sizeof list, form, setting("EVERCRED_TEST_ENDPOINT"), key_file,
             "\"password\":\"a client key's password\"", more);
    evercred_client *client = client_of(list);
    evercred_source *source = NULL;
    OK(evercred_source_open_managed(client, SECRET_NAME, &source));
    evercred_credential *old = managed_get(source);
    CHECK_INT(EVERCRED_ORIGIN_CLOUD, evercred_credential_origin(old));
    control("rotate-secret", "{\"name\":\"" SECRET_NAME "\",\"overlap_ms\":0}", NULL);
    OK(evercred_source_report_rejected(source, old));
    evercred_credential *fresh = managed_get(source);
    CHECK(!same_key(old, fresh));
    evercred_credential_free(old);
    evercred_credential_free(fresh);
    evercred_source_free(source);
    evercred_client_free(client);

    /* With the password in a file. */
    char named[400];
    snprintf(named, sizeof named, "\"passwordFile\":\"%s\"", password_file);
    snprintf(list, sizeof list, form, setting("EVERCRED_TEST_ENDPOINT"), key_file, named, more);
    client = client_of(list);
    OK(evercred_source_open_managed(client, SECRET_NAME, &source));
    evercred_credential_free(managed_get(source));
    evercred_source_free(source);
    evercred_client_free(client);

    /* The error of a wrong password names its source and does not show it. */
    snprintf(list, sizeof list, form, setting("EVERCRED_TEST_ENDPOINT"), key_file, "\"password\":\"wr0ng\"", more);
    client = client_of(list);
    source = NULL;
    evercred_error *error = evercred_source_open_managed(client, SECRET_NAME, &source);
    if (error == NULL) {
        evercred_credential *none = NULL;
        error = evercred_source_get(source, 10000 * slowdown(), &none);
        CHECK(none == NULL);
    }
    CHECK(error != NULL);
    CHECK_HAS(evercred_error_message(error, NULL), "client key");
    CHECK_LACKS(evercred_error_message(error, NULL), "wr0ng");
    evercred_error_free(error);
    evercred_source_free(source);
    evercred_client_free(client);

    unlink(key_file);
    unlink(password_file);
    rmdir(folder);
    return test_end();
}
