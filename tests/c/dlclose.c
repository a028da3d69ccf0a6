/* A plug-in host loads, uses and unloads the library several times. */
#define COMMON_WITHOUT_LIBRARY
#include "common.h"

#include <dlfcn.h>

static void *library;

/* POSIX requires that the address of a function is stored through a pointer to void *. */
static void find(const char *name, void **function_out) {
    *function_out = dlsym(library, name);
    if (*function_out == NULL) {
        fail_at(__FILE__, __LINE__, "the library has no %s", name);
    }
}

#define FIND(variable, name) find(name, (void **)&(variable))

static evercred_error *(*config_set)(evercred_config *, const char *, const char *);

static void set(evercred_config *config, const char *key, const char *value) {
    CHECK(config_set(config, key, value) == NULL);
}

static void one_cycle(const char *path) {
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fail_at(__FILE__, __LINE__, "dlopen: %s", dlerror());
    }
    evercred_error *(*config_new)(evercred_config **);
    void (*config_free)(evercred_config *);
    evercred_error *(*client_new)(const evercred_config *, evercred_client **);
    void (*client_close)(evercred_client *);
    void (*client_free)(evercred_client *);
    evercred_error *(*open_database)(evercred_client *, const char *, const char *, const char *, evercred_source **);
    evercred_error *(*source_get)(const evercred_source *, int64_t, evercred_credential **);
    void (*source_free)(evercred_source *);
    const char *(*password)(const evercred_credential *, size_t *);
    void (*credential_free)(evercred_credential *);
    uint64_t (*live_handles)(void);
    FIND(config_new, "evercred_config_new");
    FIND(config_set, "evercred_config_set");
    FIND(config_free, "evercred_config_free");
    FIND(client_new, "evercred_client_new");
    FIND(client_close, "evercred_client_close");
    FIND(client_free, "evercred_client_free");
    FIND(open_database, "evercred_source_open_database");
    FIND(source_get, "evercred_source_get");
    FIND(source_free, "evercred_source_free");
    FIND(password, "evercred_credential_password");
    FIND(credential_free, "evercred_credential_free");
    FIND(live_handles, "evercred_live_handles");

    evercred_config *config = NULL;
    CHECK(config_new(&config) == NULL);
    set(config, "tencent_identity", "static");
    set(config, "tencent_secret_id", TEST_SECRET_ID);
    set(config, "tencent_secret_key", TEST_SECRET_KEY);
    set(config, "tencent_endpoint", setting("EVERCRED_TEST_ENDPOINT"));
    set(config, "tencent_scheme", "http");
    set(config, "proxy", "none");
    evercred_client *client = NULL;
    CHECK(client_new(config, &client) == NULL);
    config_free(config);
    evercred_source *source = NULL;
    CHECK(open_database(client, TEST_REGION, TEST_INSTANCE, TEST_USER, &source) == NULL);
    evercred_credential *credential = NULL;
    CHECK(source_get(source, 10000 * slowdown(), &credential) == NULL);
    CHECK(password(credential, NULL)[0] != '\0');
    credential_free(credential);
    client_close(client);
    source_free(source);
    client_free(client);
    CHECK_INT(0, live_handles());
    CHECK(dlclose(library) == 0);
}

int main(void) {
    test_begin("dlclose");
    const char *path = setting("EVERCRED_TEST_LIBRARY");
    for (int cycle = 0; cycle < 20; ++cycle) {
        one_cycle(path);
    }
    return test_end();
}
