#include <evercred.h>
#include <stdio.h>

int main(void) {
    evercred_client *client = NULL;
    evercred_source *source = NULL;
    evercred_credential *credential = NULL;
    /* NULL: all options have their defaults; the identity comes from the environment, a profile, a CVM role or TKE. */
    evercred_error *error = evercred_client_new(NULL, &client);
    if (!error) {
        error = evercred_source_open_database(client, "ap-guangzhou", "cdb-example1", "app_user", &source);
    }
    if (!error) {
        error = evercred_source_get(source, 10000, &credential); /* waits at most 10 s, and only if it must */
    }
    const int failed = error != NULL;
    if (failed) {
        fprintf(stderr, "%s\n", evercred_error_message(error, NULL));
    } else {
        /* log in with evercred_credential_username() and evercred_credential_password() */
        printf("generation %llu, expires at %lld\n", (unsigned long long)evercred_credential_generation(credential),
               (long long)evercred_credential_expires_at_ms(credential));
    }
    evercred_error_free(error);
    evercred_credential_free(credential);
    evercred_source_free(source);
    evercred_client_free(client);
    return failed;
}
