/* What the C tests of several places and of files share. */
#ifndef EVERCRED_TESTS_PLACES_H
#define EVERCRED_TESTS_PLACES_H

#include "managed.h"

#include <sys/stat.h>

#define KMS_ACTION "GetSecretValue"

/* Options for an access key that asks; where is up to the program. */
static inline evercred_config *asker_config(void) {
    evercred_config *config = test_config();
    OK(evercred_config_set(config, "aliyun_scheme", "http"));
    OK(evercred_config_set(config, "aliyun_access_key_id", ASKER));
    OK(evercred_config_set(config, "aliyun_access_key_secret", ASKER_SECRET));
    return config;
}

static inline bool same_key(const evercred_credential *left, const evercred_credential *right) {
    return strcmp(evercred_credential_access_key_id(left, NULL), evercred_credential_access_key_id(right, NULL)) == 0;
}

/* A text of the emulator's answer, with its JSON escapes undone as far as they occur there. */
static inline void answer_text(const char *answer, const char *name, char *out, size_t size) {
    char key[64];
    CHECK(snprintf(key, sizeof key, "\"%s\":\"", name) < (int)sizeof key);
    const char *at = strstr(answer, key);
    CHECK(at != NULL);
    at += strlen(key);
    size_t length = 0;
    for (; *at != '"'; at++) {
        CHECK(*at != '\0' && length + 1 < size);
        if (*at == '\\') {
            at++;
            out[length++] = *at == 'n' ? '\n' : *at == 'r' ? '\r' : *at;
        } else {
            out[length++] = *at;
        }
    }
    out[length] = '\0';
}

static inline int64_t answer_number(const char *answer, const char *name) {
    char key[64];
    CHECK(snprintf(key, sizeof key, "\"%s\":", name) < (int)sizeof key);
    const char *at = strstr(answer, key);
    return at == NULL ? 0 : strtoll(at + strlen(key), NULL, 10);
}

static inline int64_t secret_requests(void) {
    char answer[CONTROL_ANSWER_MAX];
    control("requests", NULL, answer);
    return answer_number(answer, KMS_ACTION);
}

/* A region of the emulator: where it listens, and how often it was asked. */
static inline int64_t region(const char *change, char *host_port, size_t size) {
    char answer[CONTROL_ANSWER_MAX];
    control("region", change, answer);
    if (host_port != NULL) {
        answer_text(answer, "host_port", host_port, size);
    }
    return answer_number(answer, "requests");
}

/* A new folder for files of this program. */
static inline void make_folder(char *path, size_t size) {
    const char *base = getenv("TMPDIR");
    CHECK(snprintf(path, size, "%s/evercred-c-XXXXXX", base == NULL ? "/tmp" : base) < (int)size);
    CHECK(mkdtemp(path) != NULL);
}

static inline void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

#endif
