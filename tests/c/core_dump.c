/* A core dump of a process that holds secrets has none of them. */
#include "common.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char folder[] = "/tmp/evercred-core-dump-XXXXXX";
/* Every character is the one before that of the secret. */
static const char secret_key[] = "dudqbqdcSdrsrJdx////////////////";
static const char cache_secret[] = "sgdrdbqdsneSGDb`bgdEhkd";

static void undisguise(const char *rotated, char *plain, size_t size) {
    CHECK(strlen(rotated) < size);
    memset(plain, 0, size);
    for (size_t index = 0; rotated[index] != '\0'; ++index) {
        plain[index] = (char)(rotated[index] + 1);
    }
}

/* A text of the heap that the dump must have, so that a search that finds nothing proves something. */
static char *make_marker(void) {
    char *marker = malloc(64);
    CHECK(marker != NULL);
    snprintf(marker, 64, "%s %s", "evercred marker of the", "core dump");
    return marker;
}

/* The option gets a text that the program itself has in a disguise only: literals may be in the dump too. */
static void set_secret(evercred_config *config, const char *option, const char *rotated) {
    char plain[64];
    undisguise(rotated, plain, sizeof plain);
    OK(evercred_config_set(config, option, plain));
    for (volatile char *letter = plain; letter < plain + sizeof plain; ++letter) {
        *letter = 0;
    }
}

static evercred_client *disguised_client(bool cached) {
    evercred_config *config = NULL;
    OK(evercred_config_new(&config));
    OK(evercred_config_set(config, "tencent_secret_id", TEST_SECRET_ID));
    set_secret(config, "tencent_secret_key", secret_key);
    OK(evercred_config_set(config, "tencent_endpoint", setting("EVERCRED_TEST_ENDPOINT")));
    OK(evercred_config_set(config, "tencent_scheme", "http"));
    OK(evercred_config_set(config, "proxy", "none"));
    if (cached) {
        OK(evercred_config_set(config, "cache_file", "cache"));
        set_secret(config, "cache_secret", cache_secret);
    }
    evercred_client *client = client_with(config);
    evercred_config_free(config);
    return client;
}

/* The exit status of a child that may not make a core dump. */
#define NOT_ALLOWED 3

static void end_with_dump(void) {
    CHECK(chdir(folder) == 0);
    const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    if (setrlimit(RLIMIT_CORE, &unlimited) != 0) {
        _exit(NOT_ALLOWED);
    }
    evercred_source *source = test_source(disguised_client(true));
    evercred_credential *credential = test_get(source);
    char *marker = make_marker();
    CHECK(marker[0] != '\0' && credential != NULL);
    alarm(0);
    abort();
}

/* The content of the dump in the folder; NULL if there is none. */
static char *read_dump(size_t *length) {
    DIR *entries = opendir(folder);
    CHECK(entries != NULL);
    char path[512] = "";
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (strncmp(entry->d_name, "core", 4) == 0) {
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        }
    }
    closedir(entries);
    struct stat about;
    if (path[0] == '\0' || stat(path, &about) != 0 || about.st_size == 0) {
        return NULL;
    }
    *length = (size_t)about.st_size;
    char *content = malloc(*length);
    FILE *file = fopen(path, "r");
    CHECK(content != NULL && file != NULL);
    CHECK(fread(content, 1, *length, file) == *length);
    fclose(file);
    CHECK(unlink(path) == 0);
    return content;
}

static void print_why_there_is_none(int status) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_ALLOWED) {
        printf("skipped: the size limit of core dumps cannot be raised\n");
        return;
    }
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    char pattern[256] = "";
    FILE *file = fopen("/proc/sys/kernel/core_pattern", "r");
    if (file != NULL) {
        if (fgets(pattern, sizeof pattern, file) != NULL) {
            pattern[strcspn(pattern, "\n")] = '\0';
        }
        fclose(file);
    }
    printf("skipped: this system writes no core dump into the working directory (core_pattern is \"%s\")\n", pattern);
}

static int occurrences(const char *content, size_t length, const char *text) {
    const size_t wanted = strlen(text);
    int found = 0;
    for (size_t at = 0; at + wanted <= length; ++at) {
        found += content[at] == text[0] && memcmp(content + at, text, wanted) == 0;
    }
    return found;
}

int main(void) {
    test_begin("core_dump");
    CHECK(mkdtemp(folder) != NULL);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        end_with_dump();
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    size_t length = 0;
    char *content = read_dump(&length);
    if (content == NULL) {
        print_why_there_is_none(status);
    } else {
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        char *marker = make_marker();
        CHECK(occurrences(content, length, marker) > 0);
        free(marker);
        evercred_client *client = disguised_client(false);
        evercred_source *source = test_source(client);
        evercred_credential *credential = test_get(source);
        CHECK_INT(0, occurrences(content, length, evercred_credential_password(credential, NULL)));
        char plain[64];
        undisguise(secret_key, plain, sizeof plain);
        CHECK_INT(0, occurrences(content, length, plain));
        undisguise(cache_secret, plain, sizeof plain);
        CHECK_INT(0, occurrences(content, length, plain));
        free(content);
        evercred_credential_free(credential);
        evercred_source_free(source);
        evercred_client_free(client);
    }
    char path[sizeof folder + 16];
    snprintf(path, sizeof path, "%s/cache", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/cache.lock", folder);
    unlink(path);
    CHECK(rmdir(folder) == 0);
    return test_end();
}
