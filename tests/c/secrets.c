/* Managed secrets of every kind: a text, bytes with NULs, a database login, an access key; versions and stages. */
#include "managed.h"

/* The emulator's id of a secret's current version. */
static void version_of(const char *name, char version[128]) {
    char body[160];
    char answer[CONTROL_ANSWER_MAX];
    snprintf(body, sizeof body, "{\"name\":\"%s\"}", name);
    control("secret", body, answer);
    const char *found = strstr(answer, "\"version_id\":\"");
    CHECK(found != NULL);
    CHECK(sscanf(found, "\"version_id\":\"%127[^\"]\"", version) == 1);
}

/* Text and bytes have only the whole value, no parts. */
static void check_whole(const char *name, const evercred_credential *credential, int32_t kind, const char *value,
                        size_t length) {
    CHECK_INT(kind, evercred_credential_kind(credential));
    CHECK_INT(EVERCRED_ORIGIN_CLOUD, evercred_credential_origin(credential));
    size_t found_length = 0;
    const char *found = evercred_credential_secret_value(credential, &found_length);
    CHECK_INT(length, found_length);
    CHECK(memcmp(found, value, length) == 0);
    CHECK(found[length] == '\0');
    CHECK(evercred_credential_secret_value(credential, NULL) == found);
    CHECK(evercred_credential_username(credential, NULL)[0] == '\0');
    CHECK(evercred_credential_password(credential, NULL)[0] == '\0');
    CHECK(evercred_credential_access_key_id(credential, NULL)[0] == '\0');
    CHECK(evercred_credential_access_key_secret(credential, NULL)[0] == '\0');
    char version[128];
    version_of(name, version);
    CHECK(strcmp(version, evercred_credential_version_id(credential, NULL)) == 0);
}

static void text_and_bytes(evercred_client *client) {
    control("secrets", "{\"name\":\"text\",\"kind\":\"text\",\"data\":\"just a text\"}", NULL);
    control("secrets", "{\"name\":\"nul\",\"kind\":\"text\",\"data\":\"a\\u0000b\"}", NULL);
    control("secrets", "{\"name\":\"bytes\",\"kind\":\"binary\",\"data\":\"AP8AgA==\"}", NULL);
    static const struct {
        const char *name;
        int32_t kind;
        const char *value;
        size_t length;
    } secrets[] = {
        {"text", EVERCRED_KIND_TEXT, "just a text", 11},
        {"nul", EVERCRED_KIND_TEXT, "a\0b", 3},
        {"bytes", EVERCRED_KIND_BINARY, "\0\xff\0\x80", 4},
    };
    for (size_t index = 0; index < sizeof secrets / sizeof secrets[0]; ++index) {
        evercred_source *source = managed_source(client, secrets[index].name);
        evercred_credential *credential = managed_get(source);
        check_whole(secrets[index].name, credential, secrets[index].kind, secrets[index].value, secrets[index].length);
        CHECK_INT(0, evercred_credential_expires_at_ms(credential));
        CHECK(evercred_credential_renew_at_ms(credential) > wall_clock_ms());
        evercred_credential_free(credential);
        evercred_source_free(source);
    }
}

/* A new version is another value; the old version is the previous stage. */
static void versions_of_a_text(evercred_client *client) {
    evercred_source *source = managed_source(client, "text");
    evercred_credential *first = managed_get(source);
    control("secret-data", "{\"name\":\"text\",\"data\":\"another text\"}", NULL);
    evercred_credential *second = NULL;
    OK(evercred_source_refresh(source, 10000 * slowdown(), &second));
    check_whole("text", second, EVERCRED_KIND_TEXT, "another text", 12);
    CHECK(!evercred_credential_is_current(first));
    CHECK(evercred_credential_generation(second) > evercred_credential_generation(first));

    evercred_config *overrides = NULL;
    OK(evercred_config_new(&overrides));
    OK(evercred_config_set(overrides, "aliyun_version_stage", "ACSPrevious"));
    evercred_source *previous = NULL;
    OK(evercred_source_open_managed_with(client, overrides, "text", &previous));
    evercred_credential *before = managed_get(previous);
    size_t length = 0;
    CHECK(strcmp(evercred_credential_secret_value(before, &length), "just a text") == 0);
    CHECK_INT(11, length);
    CHECK(strcmp(evercred_credential_version_id(before, NULL), evercred_credential_version_id(first, NULL)) == 0);

    evercred_credential_free(first);
    evercred_credential_free(second);
    evercred_credential_free(before);
    evercred_source_free(previous);
    evercred_source_free(source);
    evercred_config_free(overrides);
}

static void login_of_a_database(evercred_client *client) {
    control("secrets", "{\"name\":\"db\",\"kind\":\"rds\",\"user\":\"app\"}", NULL);
    evercred_source *source = managed_source(client, "db");
    evercred_credential *credential = managed_get(source);
    CHECK_INT(EVERCRED_KIND_PASSWORD, evercred_credential_kind(credential));
    CHECK(strcmp(evercred_credential_username(credential, NULL), "app") == 0);
    size_t length = 0;
    CHECK(strlen(evercred_credential_password(credential, &length)) == length && length > 0);
    CHECK(evercred_credential_secret_value(credential, &length)[0] == '\0' && length == 0);
    char version[128];
    version_of("db", version);
    CHECK(strcmp(version, evercred_credential_version_id(credential, NULL)) == 0);
    evercred_credential_free(credential);
    evercred_source_free(source);
}

/* The key from before a rotation is available on request, and the status has the time of the next rotation. */
static void stages_and_facts_of_a_key(evercred_client *client) {
    evercred_source *source = managed_source(client, SECRET_NAME);
    evercred_credential *old = managed_get(source);
    control("secret-timestamps", "{\"name\":\"" SECRET_NAME "\",\"timestamps\":true}", NULL);
    control("rotate-secret", "{\"name\":\"" SECRET_NAME "\",\"overlap_ms\":3600000}", NULL);
    evercred_credential *new = NULL;
    OK(evercred_source_refresh(source, 10000 * slowdown(), &new));

    evercred_config *overrides = NULL;
    OK(evercred_config_new(&overrides));
    OK(evercred_config_set(overrides, "aliyun_version_stage", "ACSPrevious"));
    evercred_source *previous = NULL;
    OK(evercred_source_open_managed_with(client, overrides, SECRET_NAME, &previous));
    evercred_config_free(overrides);
    evercred_credential *before = managed_get(previous);
    CHECK(strcmp(evercred_credential_access_key_id(before, NULL), evercred_credential_access_key_id(old, NULL)) == 0);
    CHECK(strcmp(evercred_credential_version_id(before, NULL), evercred_credential_version_id(old, NULL)) == 0);
    CHECK(strcmp(evercred_credential_version_id(before, NULL), evercred_credential_version_id(new, NULL)) != 0);

    evercred_status *status = NULL;
    OK(evercred_source_status(source, &status));
    const int64_t week_ms = INT64_C(7) * 24 * 3600 * 1000;
    CHECK_INT(week_ms, evercred_status_rotation_interval_ms(status));
    const int64_t next = evercred_status_next_rotation_at_ms(status);
    CHECK(next > wall_clock_ms() && next <= wall_clock_ms() + week_ms);
    const int64_t made = evercred_status_generated_at_ms(status);
    CHECK(made > wall_clock_ms() - 600000 && made <= wall_clock_ms());
    evercred_status_free(status);

    evercred_credential_free(old);
    evercred_credential_free(new);
    evercred_credential_free(before);
    evercred_source_free(previous);
    evercred_source_free(source);
}

static void what_is_wrong(evercred_client *client) {
    size_t length = 7;
    CHECK(evercred_credential_secret_value(NULL, &length)[0] == '\0' && length == 0);
    CHECK(evercred_credential_secret_value(NULL, NULL)[0] == '\0');
    CHECK_INT(0, evercred_status_next_rotation_at_ms(NULL));
    CHECK_INT(0, evercred_status_rotation_interval_ms(NULL));
    CHECK_INT(0, evercred_status_generated_at_ms(NULL));

    /* A secret whose value does not match its known type is an error, which does not quote it. */
    control("secrets", "{\"name\":\"bad\",\"kind\":\"text\",\"data\":\"sup3r\"}", NULL);
    control("secret-field", "{\"name\":\"bad\",\"field\":\"SecretType\",\"value\":\"RAMCredentials\"}", NULL);
    evercred_source *source = managed_source(client, "bad");
    evercred_credential *none = NULL;
    evercred_error *error = evercred_source_get(source, 10000 * slowdown(), &none);
    CHECK(none == NULL);
    CHECK_LACKS(evercred_error_message(error, NULL), "sup3r");
    CHECK(evercred_error_request_id(error, NULL)[0] != '\0');
    refused(error, EVERCRED_E_MALFORMED, "the secret cannot be used");
    evercred_source_free(source);

    evercred_config *overrides = NULL;
    OK(evercred_config_new(&overrides));
    OK(evercred_config_set(overrides, "aliyun_version_stage", "NoSuchStage"));
    OK(evercred_source_open_managed_with(client, overrides, "db", &source));
    refused(evercred_source_get(source, 10000 * slowdown(), &none), EVERCRED_E_REFUSED, "");
    evercred_source_free(source);
    evercred_config_free(overrides);
}

int main(void) {
    test_begin("secrets");
    evercred_config *config = managed_config();
    evercred_client *client = client_with(config);
    evercred_config_free(config);
    text_and_bytes(client);
    versions_of_a_text(client);
    login_of_a_database(client);
    stages_and_facts_of_a_key(client);
    what_is_wrong(client);
    evercred_client_free(client);
    return test_end();
}
