/* Helpers for the C tests that fork, or whose processes share a cache file. */
#ifndef EVERCRED_TESTS_FORK_H
#define EVERCRED_TESTS_FORK_H

#include "backends.h"

#include <sys/wait.h>

/* Waits for a child (-1: for any), which must succeed. A child that hangs is ended by its own alarm. */
static inline void expect_good_end(pid_t child) {
    int result = 0;
    while (waitpid(child, &result, 0) < 0) {
        CHECK_INT(EINTR, errno);
    }
    CHECK(!WIFSIGNALED(result) || WTERMSIG(result) != SIGALRM);
    CHECK(WIFEXITED(result));
    CHECK_INT(0, WEXITSTATUS(result));
}

/* A cache file in a folder of its own. */
struct test_cache {
    char folder[256];
    char file[300];
};

static inline void make_cache(struct test_cache *cache) {
    make_folder(cache->folder, sizeof cache->folder);
    CHECK(snprintf(cache->file, sizeof cache->file, "%s/cache", cache->folder) < (int)sizeof cache->file);
}

static inline void use_cache(evercred_config *config, const struct test_cache *cache) {
    OK(evercred_config_set(config, "cache_file", cache->file));
    OK(evercred_config_set(config, "cache_secret", "the cache's own secret"));
}

/* The cache file, which may still be written, and its lock file are there, and nothing else. */
static inline void remove_cache(const struct test_cache *cache) {
    const int64_t deadline = monotonic_ms() + 10000 * (int64_t)slowdown();
    while (access(cache->file, F_OK) != 0 && monotonic_ms() < deadline) {
        sleep_ms(10);
    }
    CHECK(unlink(cache->file) == 0);
    char lock_file[sizeof cache->file + 8];
    snprintf(lock_file, sizeof lock_file, "%s.lock", cache->file);
    CHECK(unlink(lock_file) == 0);
    CHECK(rmdir(cache->folder) == 0);
}

#endif
