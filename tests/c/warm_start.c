/* The file cache: two processes share what one of them fetched; it serves a start while the cloud is down; a truncated
 * file costs only a request. */
#include "backends.h"

#include <dirent.h>
#include <sys/wait.h>

static char folder[256], cache_file[300];

static evercred_client *cached_client(const char *secret) {
    evercred_config *config = managed_config();
    OK(evercred_config_set(config, "cache_file", cache_file));
    OK(evercred_config_set(config, "cache_secret", secret));
    evercred_client *client = client_with(config);
    evercred_config_free(config);
    return client;
}

/* Waits until the file is another one than `before`. */
static void wait_for_writer(const struct stat *before) {
    const int64_t deadline = monotonic_ms() + 10000 * (int64_t)slowdown();
    struct stat now;
    while (stat(cache_file, &now) != 0 ||
           (now.st_ino == before->st_ino && now.st_size == before->st_size &&
            now.st_mtim.tv_sec == before->st_mtim.tv_sec && now.st_mtim.tv_nsec == before->st_mtim.tv_nsec)) {
        CHECK(monotonic_ms() < deadline);
        sleep_ms(10);
    }
}

static evercred_credential *get_once(const char *secret) {
    struct stat before;
    memset(&before, 0, sizeof before);
    CHECK(stat(cache_file, &before) == 0 || errno == ENOENT);
    evercred_client *client = cached_client(secret);
    evercred_source *source = NULL;
    OK(evercred_source_open_managed(client, SECRET_NAME, &source));
    evercred_credential *credential = managed_get(source);
    if (evercred_credential_origin(credential) == EVERCRED_ORIGIN_CLOUD) {
        /* A close waits for it too, but for two seconds only, which are short under valgrind. */
        wait_for_writer(&before);
    }
    evercred_source_free(source);
    evercred_client_free(client);
    return credential;
}

/* The other process: it waits until the cache has a value. */
static int other_process(int wake) {
    char byte;
    if (read(wake, &byte, 1) != 1) {
        return 1;
    }
    const int64_t before = secret_requests();
    evercred_credential *credential = get_once("the cache's own secret");
    CHECK_INT(EVERCRED_ORIGIN_FILE_CACHE, evercred_credential_origin(credential));
    CHECK_INT(before, secret_requests());
    evercred_credential_free(credential);
    CHECK_INT(0, evercred_live_handles());
    return 0;
}

int main(void) {
    test_begin("warm_start");
    make_folder(folder, sizeof folder);
    snprintf(cache_file, sizeof cache_file, "%s/cache", folder);
    int wake[2];
    CHECK(pipe(wake) == 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        close(wake[1]);
        _exit(other_process(wake[0]));
    }
    close(wake[0]);

    evercred_credential *first = get_once("the cache's own secret");
    CHECK_INT(EVERCRED_ORIGIN_CLOUD, evercred_credential_origin(first));
    struct stat about;
    CHECK(stat(cache_file, &about) == 0);
    CHECK_INT(0600, about.st_mode & 0777);
    CHECK(write(wake[1], "x", 1) == 1);
    int status = 1;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK_INT(0, status);

    /* The cloud is down. */
    control("fault", "{\"action\":\"" KMS_ACTION "\",\"kind\":\"close-early\"}", NULL);
    evercred_credential *warm = get_once("the cache's own secret");
    CHECK_INT(EVERCRED_ORIGIN_FILE_CACHE, evercred_credential_origin(warm));
    CHECK(same_key(first, warm));
    control_clear_faults();

    /* With another key, or half a file, the cache has nothing: the cloud is asked. */
    evercred_credential *other = get_once("another secret of the cache");
    CHECK_INT(EVERCRED_ORIGIN_CLOUD, evercred_credential_origin(other));
    CHECK(truncate(cache_file, about.st_size / 2) == 0);
    evercred_credential *again = get_once("the cache's own secret");
    CHECK_INT(EVERCRED_ORIGIN_CLOUD, evercred_credential_origin(again));
    CHECK(same_key(first, again));

    /* A file that others may read is not used, and its mode is corrected. */
    CHECK(chmod(cache_file, 0644) == 0);
    evercred_credential *open_to_all = get_once("the cache's own secret");
    CHECK_INT(EVERCRED_ORIGIN_CLOUD, evercred_credential_origin(open_to_all));
    evercred_credential_free(open_to_all);

    /* Without a cache secret there is no file. */
    evercred_config *config = managed_config();
    OK(evercred_config_set(config, "cache_file", cache_file));
    evercred_client *client = NULL;
    evercred_source *source = NULL;
    evercred_error *error = evercred_client_new(config, &client);
    if (error == NULL) {
        error = evercred_source_open_managed(client, SECRET_NAME, &source);
    }
    CHECK(error != NULL && evercred_error_code(error) == EVERCRED_E_INVALID_OPTION);
    CHECK_HAS(evercred_error_message(error, NULL), "cache_secret");
    evercred_error_free(error);
    evercred_client_free(client);
    evercred_config_free(config);

    evercred_credential_free(first);
    evercred_credential_free(warm);
    evercred_credential_free(other);
    evercred_credential_free(again);
    DIR *list = opendir(folder);
    CHECK(list != NULL);
    char path[600];
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    closedir(list);
    rmdir(folder);
    return test_end();
}
