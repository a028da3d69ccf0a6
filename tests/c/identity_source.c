/* The login identity of each cloud as a source of its own: key, token and end, renewal, report, and what is refused. */
#include "backends.h"

#define TENCENT_ROLE "qcs::cam::uin/100000000001:roleName/reader"
#define ALIYUN_ROLE "acs:ram::1234:role/reader"

static int64_t assumed_roles(void) {
    char answer[CONTROL_ANSWER_MAX];
    control("requests", NULL, answer);
    return answer_number(answer, "AssumeRole");
}

static evercred_source *identity(const evercred_client *client, const char *cloud) {
    evercred_source *source = NULL;
    OK(evercred_source_open_identity(client, cloud, &source));
    CHECK(source != NULL);
    return source;
}

/* The identity's current key, which is a session of a role; its owner is the caller. */
static evercred_credential *session(const evercred_source *source) {
    evercred_credential *credential = NULL;
    OK(evercred_source_get(source, 10000 * slowdown(), &credential));
    CHECK_INT(EVERCRED_KIND_ACCESS_KEY, evercred_credential_kind(credential));
    CHECK_INT(EVERCRED_ORIGIN_STS, evercred_credential_origin(credential));
    CHECK(evercred_credential_access_key_id(credential, NULL)[0] != '\0');
    CHECK(evercred_credential_access_key_secret(credential, NULL)[0] != '\0');
    CHECK(evercred_credential_security_token(credential, NULL)[0] != '\0');
    CHECK(evercred_credential_expires_at_ms(credential) > wall_clock_ms());
    return credential;
}

/* A rejected key is replaced, and refreshing replaces it too. */
static void replaced(const evercred_client *client, const char *cloud, const char *code) {
    evercred_source *source = identity(client, cloud);
    evercred_credential *first = session(source);
    CHECK(evercred_credential_is_current(first));
    CHECK(evercred_source_is_rejection_code(source, code));
    CHECK(!evercred_source_is_rejection_code(source, "1045"));
    OK(evercred_source_report_rejected(source, first));
    evercred_credential *second = session(source);
    CHECK(!same_key(first, second));
    evercred_credential *third = NULL;
    OK(evercred_source_refresh(source, 10000 * slowdown(), &third));
    CHECK(!same_key(second, third));
    evercred_credential_free(third);
    evercred_credential_free(second);
    evercred_credential_free(first);
    evercred_source_free(source);
}

static void tencent(void) {
    control("role-arn", "{\"arn\":\"" TENCENT_ROLE "\",\"life_ms\":3600000}", NULL);
    evercred_config *config = test_config();
    OK(evercred_config_set(config, "tencent_identity", "auto"));
    OK(evercred_config_set(config, "tencent_role_arn", TENCENT_ROLE));
    OK(evercred_config_set(config, "tencent_sts_endpoint", setting("EVERCRED_TEST_ENDPOINT")));
    evercred_client *client = client_with(config);
    evercred_config_free(config);

    /* The database signs with the same session. */
    evercred_source *source = identity(client, "tencent");
    evercred_source *database = test_source(client);
    evercred_credential_free(session(source));
    evercred_credential_free(test_get(database));
    CHECK_INT(1, assumed_roles());
    evercred_source_free(database);
    evercred_source_free(source);
    replaced(client, "tencent", "AuthFailure.TokenFailure");

    /* Overrides: a static key has neither token nor end. */
    evercred_config *overrides = NULL;
    OK(evercred_config_new(&overrides));
    OK(evercred_config_set(overrides, "tencent_identity", "static"));
    OK(evercred_source_open_identity_with(client, overrides, "tencent", &source));
    evercred_config_free(overrides);
    evercred_credential *credential = NULL;
    OK(evercred_source_get(source, 10000 * slowdown(), &credential));
    CHECK(strcmp(evercred_credential_access_key_id(credential, NULL), TEST_SECRET_ID) == 0);
    CHECK(evercred_credential_security_token(credential, NULL)[0] == '\0');
    CHECK_INT(0, evercred_credential_expires_at_ms(credential));
    evercred_credential_free(credential);
    evercred_source_free(source);
    evercred_client_free(client);
}

static void aliyun(void) {
    control("ram-role", "{\"arn\":\"" ALIYUN_ROLE "\",\"life_ms\":3600000}", NULL);
    evercred_config *config = asker_config();
    OK(evercred_config_set(config, "aliyun_sts_endpoint", setting("EVERCRED_TEST_ENDPOINT")));
    OK(evercred_config_set(config, "aliyun_role_arn", ALIYUN_ROLE));
    evercred_client *client = client_with(config);
    evercred_config_free(config);
    replaced(client, "aliyun", "InvalidSecurityToken.Expired");
    evercred_client_free(client);
}

static void not_opened(void) {
    evercred_client *client = test_client("aliyun_client_key_file", "/nowhere/clientKey.json");
    evercred_source *source = NULL;
    evercred_error *error = FAILS(EVERCRED_E_INVALID_ARGUMENT, evercred_source_open_identity(client, "aws", &source));
    CHECK(strstr(evercred_error_message(error, NULL), "tencent") != NULL);
    CHECK(strstr(evercred_error_message(error, NULL), "aliyun") != NULL);
    evercred_error_free(error);
    FAILS_ONLY(EVERCRED_E_INVALID_ARGUMENT, evercred_source_open_identity(client, NULL, &source));
    FAILS_ONLY(EVERCRED_E_INVALID_ARGUMENT, evercred_source_open_identity(NULL, "tencent", &source));
    FAILS_ONLY(EVERCRED_E_INVALID_ARGUMENT, evercred_source_open_identity(client, "tencent", NULL));
    FAILS_ONLY(EVERCRED_E_INVALID_OPTION, evercred_source_open_identity(client, "aliyun", &source));
    CHECK(source == NULL);
    evercred_client_free(client);
}

int main(void) {
    test_begin("identity_source");
    tencent();
    aliyun();
    not_opened();
    return test_end();
}
