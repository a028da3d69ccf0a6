/* The expiry report: well-formed JSON and Prometheus text that name every source and hold no secret. */
#include "common.h"

#include <ctype.h>

/* Brackets are balanced and strings are closed: this finds most malformed JSON. */
static void check_json_shape(const char *text) {
    char open[64];
    size_t depth = 0;
    bool in_string = false;
    for (const char *at = text; *at != '\0'; ++at) {
        if (in_string) {
            CHECK((unsigned char)*at >= 0x20);
            if (*at == '\\') {
                ++at;
                CHECK(*at != '\0');
            } else if (*at == '"') {
                in_string = false;
            }
        } else if (*at == '"') {
            in_string = true;
        } else if (*at == '{' || *at == '[') {
            CHECK(depth < sizeof open);
            open[depth++] = *at == '{' ? '}' : ']';
        } else if (*at == '}' || *at == ']') {
            CHECK(depth > 0 && open[--depth] == *at);
            if (depth == 0) {
                CHECK(at[1 + strspn(at + 1, " \r\n\t")] == '\0');
            }
        }
    }
    CHECK(!in_string && depth == 0 && text[0] == '{');
}

/* The end of a name of letters, digits, underscores and colons, or NULL if there is none. */
static const char *after_name(const char *at) {
    if (!isalpha((unsigned char)*at) && *at != '_') {
        return NULL;
    }
    while (isalnum((unsigned char)*at) || *at == '_' || *at == ':') {
        ++at;
    }
    return at;
}

/* The end of a {name="value",...} part. */
static const char *after_labels(const char *at) {
    do {
        ++at;
        at = after_name(at);
        CHECK(at != NULL && at[0] == '=' && at[1] == '"');
        for (at += 2; *at != '"'; ++at) {
            CHECK(*at != '\0');
            if (*at == '\\') {
                ++at;
                CHECK(*at == '\\' || *at == '"' || *at == 'n');
            }
        }
        ++at;
    } while (*at == ',');
    CHECK(*at == '}');
    return at + 1;
}

static void check_prometheus_line(const char *line) {
    if (line[0] == '#') {
        CHECK(strncmp(line, "# HELP evercred_", 16) == 0 || strncmp(line, "# TYPE evercred_", 16) == 0);
        return;
    }
    CHECK(strncmp(line, "evercred_", 9) == 0);
    const char *at = after_name(line);
    if (*at == '{') {
        at = after_labels(at);
    }
    CHECK(*at == ' ');
    char *end = NULL;
    (void)strtod(at + 1, &end);
    CHECK(end != at + 1 && *end == '\0');
}

static int check_prometheus(const char *text) {
    const size_t length = strlen(text);
    CHECK(length > 0 && text[length - 1] == '\n');
    char *copy = strdup(text);
    CHECK(copy != NULL);
    int samples = 0;
    char *rest = NULL;
    for (char *line = strtok_r(copy, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        check_prometheus_line(line);
        samples += line[0] != '#';
    }
    free(copy);
    return samples;
}

static void check_both(const evercred_client *client, const evercred_credential *credential) {
    const char *password = credential == NULL ? "" : evercred_credential_password(credential, NULL);
    for (int32_t format = EVERCRED_REPORT_JSON; format <= EVERCRED_REPORT_PROMETHEUS; ++format) {
        evercred_report *report = NULL;
        OK(evercred_client_report(client, format, &report));
        size_t length = 0;
        const char *text = evercred_report_text(report, &length);
        CHECK_INT(strlen(text), length);
        CHECK_LACKS(text, TEST_SECRET_KEY);
        CHECK_LACKS(text, password);
        if (format == EVERCRED_REPORT_JSON) {
            check_json_shape(text);
        } else if (length > 0) {
            const int samples = check_prometheus(text);
            CHECK(credential == NULL || samples > 0);
        }
        if (credential != NULL) {
            CHECK_HAS(text, TEST_INSTANCE);
            CHECK_HAS(text, TEST_USER);
            CHECK_HAS(text, format == EVERCRED_REPORT_JSON ? "\"expires_at_ms\"" : "expires_in_seconds");
            CHECK_HAS(text, "generation");
            CHECK_HAS(text, "state");
            CHECK_HAS(text, "failures");
        }
        evercred_report_free(report);
    }
}

int main(void) {
    test_begin("report");
    evercred_client *client = test_client(NULL, NULL);
    check_both(client, NULL);
    evercred_source *source = test_source(client);
    check_both(client, NULL);
    evercred_credential *credential = test_get(source);

    /* A source that fails is reported too, next to the one that works; its name needs escaping. */
    evercred_source *failing = NULL;
    OK(evercred_source_open_database(client, TEST_REGION, "cdb-\"quoted\"", "nobody", &failing));
    evercred_credential *none = NULL;
    evercred_error *error = evercred_source_get(failing, 10000 * slowdown(), &none);
    CHECK(error != NULL && none == NULL);
    evercred_error_free(error);
    check_both(client, credential);

    evercred_client_close(client);
    check_both(client, NULL);
    evercred_credential_free(credential);
    evercred_source_free(failing);
    evercred_source_free(source);
    evercred_client_free(client);
    return test_end();
}
