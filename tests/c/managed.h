/* Helpers for the C tests of managed secrets: a client for the emulator's KMS. */
#ifndef EVERCRED_TESTS_MANAGED_H
#define EVERCRED_TESTS_MANAGED_H

#include "common.h"

/* The harness registers the same key and secret with the emulator. */
#define SECRET_NAME "acs/ram/user/app"
#define ASKER "LTAIevercredtests"
#define ASKER_SECRET "evercredTestsAskersKey0000000000"
#define KMS_ACTION "GetSecretValue"

/* The test configuration for KMS at the emulator, without a login identity. */
static inline evercred_config *kms_config(void) {
    evercred_config *config = test_config();
    OK(evercred_config_set(config, "aliyun_kms_endpoint", setting("EVERCRED_TEST_ENDPOINT")));
    OK(evercred_config_set(config, "aliyun_scheme", "http"));
    return config;
}

/* Options for an access key as the login identity; the program sets the endpoint. */
static inline evercred_config *asker_config(void) {
    evercred_config *config = test_config();
    OK(evercred_config_set(config, "aliyun_scheme", "http"));
    OK(evercred_config_set(config, "aliyun_access_key_id", ASKER));
    OK(evercred_config_set(config, "aliyun_access_key_secret", ASKER_SECRET));
    return config;
}

/* An access key as the login identity, with KMS at the emulator. */
static inline evercred_config *managed_config(void) {
    evercred_config *config = asker_config();
    OK(evercred_config_set(config, "aliyun_kms_endpoint", setting("EVERCRED_TEST_ENDPOINT")));
    return config;
}

static inline evercred_source *managed_source(evercred_client *client, const char *name) {
    evercred_source *source = NULL;
    OK(evercred_source_open_managed(client, name, &source));
    CHECK(source != NULL);
    return source;
}

/* A credential of the source; its owner is the caller. */
static inline evercred_credential *managed_get(const evercred_source *source) {
    evercred_credential *credential = NULL;
    OK(evercred_source_get(source, 10000 * slowdown(), &credential));
    CHECK(credential != NULL);
    return credential;
}

/* A number of the emulator's answer, or 0 if it has none of that name. */
static inline int64_t answer_number(const char *answer, const char *name) {
    char key[64];
    CHECK(snprintf(key, sizeof key, "\"%s\":", name) < (int)sizeof key);
    const char *at = strstr(answer, key);
    return at == NULL ? 0 : strtoll(at + strlen(key), NULL, 10);
}

/* How many requests for secrets the emulator has received. */
static inline int64_t secret_requests(void) {
    char answer[CONTROL_ANSWER_MAX];
    control("requests", NULL, answer);
    return answer_number(answer, KMS_ACTION);
}

/* Checks an error and frees it. */
static inline void refused(evercred_error *error, int32_t code, const char *part) {
    CHECK_INT(code, evercred_error_code(error));
    CHECK_HAS(evercred_error_message(error, NULL), part);
    CHECK_LACKS(evercred_error_message(error, NULL), ASKER_SECRET);
    evercred_error_free(error);
}

#endif
