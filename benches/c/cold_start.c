/* From process start to the first token: opens an account, gets its token once and ends. With an argument it also
 * prints the memory and the number of threads in use. */

#include <evercred.h>
#include <stdio.h>
#include <string.h>

static int fail(evercred_error *error) {
    fprintf(stderr, "%s: %s\n", evercred_code_name(evercred_error_code(error)), evercred_error_message(error, NULL));
    evercred_error_free(error);
    return 1;
}

static void say(const char *field, const char *name) {
    char line[256];
    FILE *file = fopen("/proc/self/status", "r");
    if (!file) {
        return;
    }
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, field, strlen(field)) == 0) {
            long value = 0;
            if (sscanf(line + strlen(field), ": %ld", &value) == 1) {
                printf("%s: %ld\n", name, value);
            }
        }
    }
    fclose(file);
}

int main(int argc, char **argv) {
    evercred_config *config = NULL;
    evercred_client *client = NULL;
    evercred_source *source = NULL;
    evercred_credential *credential = NULL;
    evercred_error *error = evercred_config_new(&config);

    if (!error) {
        error = evercred_config_load_environment(config);
    }
    if (!error) {
        error = evercred_client_new(config, &client);
    }
    if (!error) {
        error = evercred_source_open_database(client, "ap-guangzhou", "cdb-1", "app", &source);
    }
    if (!error) {
        error = evercred_source_get(source, 20000, &credential);
    }
    if (error) {
        return fail(error);
    }
    if (argc > 1) {
        (void)argv;
        say("VmRSS", "rss_kb");
        say("Threads", "threads");
    }
    evercred_credential_free(credential);
    evercred_source_free(source);
    evercred_client_free(client);
    evercred_config_free(config);
    return 0;
}
