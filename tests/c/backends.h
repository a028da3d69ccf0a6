/* Helpers for the C tests of several backends and of files. */
#ifndef EVERCRED_TESTS_BACKENDS_H
#define EVERCRED_TESTS_BACKENDS_H

#include "managed.h"

#include <sys/stat.h>

static inline bool same_key(const evercred_credential *left, const evercred_credential *right) {
    return strcmp(evercred_credential_access_key_id(left, NULL), evercred_credential_access_key_id(right, NULL)) == 0;
}

/* A text field of the emulator's answer, with the JSON escapes that occur there decoded. */
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

/* A region of the emulator: its address, and how many requests it has received. */
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
