/*
 * Makes signed calls with a RAM access key that Alibaba Cloud stores in KMS and rotates:
 *
 *   managed_credential SECRET_NAME STS_HOST:PORT
 *
 * EVERCRED_... variables set the endpoint of KMS and the login identity. The program makes one call at the start and
 * one call for each line of its standard input.
 */
#include "caller_identity.h"

#include <inttypes.h>

#include <evercred.h>

/* Prints and frees an error. Returns whether there was one. */
static bool failed(const char *what, evercred_error *error) {
    if (error == NULL) {
        return false;
    }
    fprintf(stderr, "%s: %s: %s\n", what, evercred_code_name(evercred_error_code(error)),
            evercred_error_message(error, NULL));
    evercred_error_free(error);
    return true;
}

/* One call with this key. Returns true, or false and the error code. */
static bool call_once(const evercred_credential *credential, const char *sts, char code[256]) {
    const char *id = evercred_credential_access_key_id(credential, NULL);
    printf("key: %s, generation %" PRIu64 "\n", id, evercred_credential_generation(credential));
    char arn[256];
    caller_identity(sts, id, evercred_credential_access_key_secret(credential, NULL),
                    evercred_credential_security_token(credential, NULL), arn, code);
    if (*code == '\0') {
        printf("call: Success! It was made by %s\n", arn);
        return true;
    }
    printf("call: refused with %s\n", code);
    return false;
}

/*
 * Calls with the current key. `get` takes nanoseconds while the key is fresh, so every call uses it. An error code may
 * mean that the key was revoked: check the code, report the key, get the new one, repeat the call.
 */
static bool call(const evercred_source *source, const char *sts) {
    bool good = false, again = true;
    for (int attempt = 0; attempt < 2 && again; ++attempt) {
        evercred_credential *credential = NULL;
        if (failed("get", evercred_source_get(source, 30000, &credential))) {
            return false;
        }
        char code[256];
        good = call_once(credential, sts, code);
        again = !good && attempt == 0 && evercred_source_is_rejection_code(source, code);
        if (again) {
            puts("report_rejected: this key is gone, a new one is needed");
            again = !failed("report_rejected", evercred_source_report_rejected(source, credential));
        }
        evercred_credential_free(credential);
    }
    return good;
}

/* Every free function accepts NULL, so a failure needs no special clean-up. */
static bool run(const char *secret_name, const char *sts) {
    evercred_config *config = NULL;
    evercred_client *client = NULL;
    evercred_source *source = NULL;
    bool good = !failed("config_new", evercred_config_new(&config)) &&
                !failed("load_environment", evercred_config_load_environment(config)) &&
                !failed("client_new", evercred_client_new(config, &client)) &&
                !failed("open", evercred_source_open_managed(client, secret_name, &source)) && call(source, sts);
    for (int character = good ? getchar() : EOF; good && character != EOF; character = getchar()) {
        if (character == '\n') {
            good = call(source, sts);
        }
    }
    evercred_source_free(source);
    evercred_client_free(client);
    evercred_config_free(config);
    return good;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s SECRET_NAME STS_HOST:PORT\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    return run(argv[1], argv[2]) ? 0 : 1;
}
