/*
 * Helpers for the C tests: checks that print file, line and reason, a client for the emulator, and a small HTTP client
 * for the emulator's control endpoints.
 *
 * Environment variables:
 *   EVERCRED_TEST_ENDPOINT   host:port of the emulator
 *   EVERCRED_TEST_CA         path of its CA certificate, if the emulator uses HTTPS
 *   EVERCRED_TEST_CONTROL    its base URL for control, always plain HTTP
 *   EVERCRED_TEST_SLOWDOWN   factor by which deadlines are extended (valgrind), default 1
 *
 * A program that is not linked with evercred defines COMMON_WITHOUT_LIBRARY before the include.
 */
#ifndef EVERCRED_TESTS_COMMON_H
#define EVERCRED_TESTS_COMMON_H

#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "evercred.h"

/* The harness registers the same key and account with the emulator. */
#define TEST_SECRET_ID "AKIDevercredtests0000000000000000000"
#define TEST_SECRET_KEY "evercredTestsKey0000000000000000"
#define TEST_REGION "ap-guangzhou"
#define TEST_INSTANCE "cdb-evercred1"
#define TEST_USER "app_user"
#define TEST_ACTION "BuildDataFlowAuthToken"

/* ---- checks ---------------------------------------------------------------------------------------------------- */

/* Ends the process without running exit handlers, since another thread may be inside the library. */
static inline void fail_at(const char *file, int line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%d: ", file, line);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    fflush(NULL);
    _exit(1);
}

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fail_at(__FILE__, __LINE__, "expected %s", #condition);                                                    \
        }                                                                                                              \
    } while (0)

#define CHECK_INT(expected, actual)                                                                                    \
    do {                                                                                                               \
        const int64_t check_expected = (int64_t)(expected);                                                            \
        const int64_t check_actual = (int64_t)(actual);                                                                \
        if (check_expected != check_actual) {                                                                          \
            fail_at(__FILE__, __LINE__, "expected %s to be %" PRId64 " but it is %" PRId64, #actual, check_expected,   \
                    check_actual);                                                                                     \
        }                                                                                                              \
    } while (0)

/* For text that holds no secret: it is shown when the check fails. */
#define CHECK_HAS(text, part)                                                                                          \
    do {                                                                                                               \
        const char *check_text = (text);                                                                               \
        const char *check_part = (part);                                                                               \
        if (strstr(check_text, check_part) == NULL) {                                                                  \
            fail_at(__FILE__, __LINE__, "expected \"%s\" in: %s", check_part, check_text);                             \
        }                                                                                                              \
    } while (0)

/* For text that must not hold a secret: neither is shown when the check fails. */
#define CHECK_LACKS(text, secret)                                                                                      \
    do {                                                                                                               \
        const char *check_secret = (secret);                                                                           \
        if (check_secret[0] != '\0' && strstr((text), check_secret) != NULL) {                                         \
            fail_at(__FILE__, __LINE__, "a secret (%s) occurs in %s", #secret, #text);                                 \
        }                                                                                                              \
    } while (0)

/* ---- time and settings ----------------------------------------------------------------------------------------- */

static inline const char *setting(const char *name) {
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0') {
        fail_at(__FILE__, __LINE__, "the environment variable %s is not set", name);
    }
    return value;
}

static inline int slowdown(void) {
    const char *value = getenv("EVERCRED_TEST_SLOWDOWN");
    const int factor = value == NULL ? 1 : atoi(value);
    return factor < 1 ? 1 : factor;
}

static inline int64_t monotonic_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline int64_t wall_clock_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline void sleep_ms(int64_t milliseconds) {
    struct timespec rest = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000L};
    while (nanosleep(&rest, &rest) != 0 && errno == EINTR) {
    }
}

/* ---- threads of this process ---------------------------------------------------------------------------------- */

static inline int threads_now(void) {
    FILE *file = fopen("/proc/self/status", "r");
    CHECK(file != NULL);
    char line[256];
    int threads = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "Threads: %d", &threads) == 1) {
            break;
        }
    }
    fclose(file);
    CHECK(threads > 0);
    return threads;
}

static inline void wait_for_threads(int expected) {
    const int64_t deadline = monotonic_ms() + 2000 * (int64_t)slowdown();
    while (threads_now() != expected && monotonic_ms() < deadline) {
        sleep_ms(10);
    }
    CHECK_INT(expected, threads_now());
}

/* ---- the emulator's control endpoints -------------------------------------------------------------------------- */

#define CONTROL_ANSWER_MAX 65536

static inline int control_connect(void) {
    const char *url = setting("EVERCRED_TEST_CONTROL");
    char host[64];
    int port = 0;
    CHECK(sscanf(url, "http://%63[0-9.]:%d", host, &port) == 2);
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    CHECK(inet_pton(AF_INET, host, &address.sin_addr) == 1);
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(descriptor >= 0);
    const struct timeval limit = {10L * slowdown(), 0};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(descriptor, (const struct sockaddr *)&address, sizeof address) != 0) {
        fail_at(__FILE__, __LINE__, "no connection to the emulator: %s", strerror(errno));
    }
    return descriptor;
}

/* Sends one request (a POST if there is a body) and stores the body of the answer, which must have status 200. */
static inline void control(const char *name, const char *body, char answer[CONTROL_ANSWER_MAX]) {
    char request[4096];
    const size_t body_length = body == NULL ? 0 : strlen(body);
    const int request_length = snprintf(request, sizeof request,
                                        "%s /_emulator/%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                        "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                                        body == NULL ? "GET" : "POST", name, body_length, body == NULL ? "" : body);
    CHECK(request_length > 0 && (size_t)request_length < sizeof request);
    const int descriptor = control_connect();
    for (size_t sent = 0; sent < (size_t)request_length;) {
        const ssize_t count = send(descriptor, request + sent, (size_t)request_length - sent, MSG_NOSIGNAL);
        CHECK(count > 0);
        sent += (size_t)count;
    }
    char raw[CONTROL_ANSWER_MAX];
    size_t held = 0;
    for (;;) {
        const ssize_t count = recv(descriptor, raw + held, sizeof raw - 1 - held, 0);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        CHECK(count >= 0);
        if (count == 0) {
            break;
        }
        held += (size_t)count;
        CHECK(held < sizeof raw - 1);
    }
    close(descriptor);
    raw[held] = '\0';
    const char *separator = strstr(raw, "\r\n\r\n");
    CHECK(separator != NULL);
    if (strncmp(raw, "HTTP/1.1 200", 12) != 0) {
        fail_at(__FILE__, __LINE__, "the emulator refused %s: %s", name, separator + 4);
    }
    if (answer != NULL) {
        memcpy(answer, separator + 4, strlen(separator + 4) + 1);
    }
}

#define TEST_ACCOUNT_JSON "\"region\":\"" TEST_REGION "\",\"instance\":\"" TEST_INSTANCE "\",\"user\":\"" TEST_USER "\""

/* Changes the account's password now, as an administrator's emergency rotation does. */
static inline void control_rotate(void) { control("rotate", "{" TEST_ACCOUNT_JSON "}", NULL); }

static inline void control_delay(int milliseconds, int times) {
    char body[160];
    snprintf(body, sizeof body, "{\"action\":\"" TEST_ACTION "\",\"times\":%d,\"kind\":\"delay\",\"ms\":%d}", times,
             milliseconds);
    control("fault", body, NULL);
}

static inline void control_close_early(int times) {
    char body[160];
    snprintf(body, sizeof body, "{\"action\":\"" TEST_ACTION "\",\"times\":%d,\"kind\":\"close-early\"}", times);
    control("fault", body, NULL);
}

static inline void control_clear_faults(void) { control("clear-faults", "{}", NULL); }

/* How many token requests the emulator has received. */
static inline int64_t control_requests(void) {
    char answer[CONTROL_ANSWER_MAX];
    control("requests", NULL, answer);
    const char *found = strstr(answer, "\"" TEST_ACTION "\"");
    if (found == NULL) {
        return 0;
    }
    found += strlen("\"" TEST_ACTION "\"");
    found += strspn(found, ": ");
    return strtoll(found, NULL, 10);
}

/* ---- the library ----------------------------------------------------------------------------------------------- */

static const char *test_name = "";

static inline void test_begin(const char *name) {
    test_name = name;
    alarm((unsigned)(60 * slowdown()));
}

#ifndef COMMON_WITHOUT_LIBRARY

static inline void expect_success(evercred_error *error, const char *call, const char *file, int line) {
    if (error != NULL) {
        fail_at(file, line, "%s failed: %s: %s", call, evercred_code_name(evercred_error_code(error)),
                evercred_error_message(error, NULL));
    }
}

/* The caller inspects the error further and frees it. */
static inline evercred_error *expect_failure(evercred_error *error, int32_t code, const char *call, const char *file,
                                             int line) {
    if (error == NULL) {
        fail_at(file, line, "%s succeeded, expected %s", call, evercred_code_name(code));
    }
    if (evercred_error_code(error) != code) {
        fail_at(file, line, "%s: expected %s but got %s: %s", call, evercred_code_name(code),
                evercred_code_name(evercred_error_code(error)), evercred_error_message(error, NULL));
    }
    return error;
}

#define OK(call) expect_success((call), #call, __FILE__, __LINE__)
#define FAILS(code, call) expect_failure((call), (code), #call, __FILE__, __LINE__)
#define FAILS_ONLY(code, call) evercred_error_free(FAILS(code, call))

/* A configuration for the emulator, without the environment and without a proxy. */
static inline evercred_config *test_config(void) {
    evercred_config *config = NULL;
    OK(evercred_config_new(&config));
    OK(evercred_config_set(config, "tencent_identity", "static"));
    OK(evercred_config_set(config, "tencent_secret_id", TEST_SECRET_ID));
    OK(evercred_config_set(config, "tencent_secret_key", TEST_SECRET_KEY));
    OK(evercred_config_set(config, "tencent_endpoint", setting("EVERCRED_TEST_ENDPOINT")));
    OK(evercred_config_set(config, "proxy", "none"));
    const char *ca_file = getenv("EVERCRED_TEST_CA");
    if (ca_file == NULL || ca_file[0] == '\0') {
        OK(evercred_config_set(config, "tencent_scheme", "http"));
    } else {
        OK(evercred_config_set(config, "ca_file", ca_file));
    }
    /* Tests force more refreshes than a host program should. */
    OK(evercred_config_set(config, "forced_refresh_burst", "1000"));
    OK(evercred_config_set(config, "forced_refresh_period_ms", "1000"));
    /* Under valgrind an answer may take longer than a second. */
    OK(evercred_config_set(config, "refresh_wait_ms", "10000"));
    return config;
}

static inline evercred_client *client_with(const evercred_config *config) {
    evercred_client *client = NULL;
    OK(evercred_client_new(config, &client));
    CHECK(client != NULL);
    return client;
}

/* A client with the test configuration and at most one more option. */
static inline evercred_client *test_client(const char *key, const char *value) {
    evercred_config *config = test_config();
    if (key != NULL) {
        OK(evercred_config_set(config, key, value));
    }
    evercred_client *client = client_with(config);
    evercred_config_free(config);
    return client;
}

static inline evercred_source *test_source(evercred_client *client) {
    evercred_source *source = NULL;
    OK(evercred_source_open_database(client, TEST_REGION, TEST_INSTANCE, TEST_USER, &source));
    CHECK(source != NULL);
    return source;
}

/* A credential of the source; its owner is the caller. */
static inline evercred_credential *test_get(const evercred_source *source) {
    evercred_credential *credential = NULL;
    OK(evercred_source_get(source, 10000 * slowdown(), &credential));
    CHECK(credential != NULL);
    CHECK(evercred_credential_password(credential, NULL)[0] != '\0');
    return credential;
}

/* The published generation now; the library may write it at the same time. */
static inline uint64_t read_generation(const evercred_source *source) {
    const uint64_t *address = evercred_source_generation_address(source);
    CHECK(address != NULL);
    return __atomic_load_n(address, __ATOMIC_ACQUIRE);
}

static inline bool same_password(const evercred_credential *left, const evercred_credential *right) {
    return strcmp(evercred_credential_password(left, NULL), evercred_credential_password(right, NULL)) == 0;
}

#endif /* COMMON_WITHOUT_LIBRARY */

static inline int test_end(void) {
#ifndef COMMON_WITHOUT_LIBRARY
    CHECK_INT(0, evercred_live_handles());
#endif
    printf("ok %s\n", test_name);
    return 0;
}

#endif
