/* Figures of many sources in one process:
 *
 *   population open N       the time of one more open behind N
 *   population fetch N      memory, descriptors and the report of N sources that all fetch at once
 *   population recover N    when N sources have a value; it begins in an outage
 *   population recover-by-get N   the same for a program that calls get
 *   population cache N      fills the cache file; a second run counts the values that it finds there
 *
 * The EVERCRED_ variables have the options. The accounts are app0, app1, and so on. */

#include <dirent.h>
#include <evercred.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MEASURED_OPENS = 1000, LONGEST_WAIT_MS = 120 * 1000 };

static evercred_config *config;
static evercred_client *client;
static evercred_source **sources;
static int count;

static void check(evercred_error *error) {
    if (error) {
        fprintf(stderr, "%s: %s\n", evercred_code_name(evercred_error_code(error)),
                evercred_error_message(error, NULL));
        exit(1);
    }
}

static double now_ms(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void sleep_ms(int milliseconds) {
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

/* A field of /proc/self/status, in kilobytes. */
static long status_kb(const char *field) {
    char line[256];
    long value = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, field, strlen(field)) == 0) {
            (void)sscanf(line + strlen(field), ": %ld", &value);
        }
    }
    if (file) {
        fclose(file);
    }
    return value;
}

static evercred_source *open_one(int number) {
    char user[32];
    evercred_source *source = NULL;
    snprintf(user, sizeof user, "app%d", number);
    check(evercred_source_open_database(client, "ap-guangzhou", "cdb-1", user, &source));
    return source;
}

static void open_all(void) {
    for (int i = 0; i < count; i++) {
        sources[i] = open_one(i);
    }
}

/* Starts the fetch of a source without a value, and does not wait for it. */
static void start(const evercred_source *source) {
    evercred_credential *none = NULL;
    evercred_error_free(evercred_source_get(source, 0, &none));
    evercred_credential_free(none);
}

static int with_value(void) {
    int found = 0;
    for (int i = 0; i < count; i++) {
        evercred_credential *credential = NULL;
        check(evercred_source_peek(sources[i], &credential));
        found += credential != NULL;
        evercred_credential_free(credential);
    }
    return found;
}

/* Waits until all sources have a value. Returns whether they have. */
static int wait_for_values(void) {
    const double deadline = now_ms(CLOCK_MONOTONIC) + LONGEST_WAIT_MS;
    while (with_value() < count && now_ms(CLOCK_MONOTONIC) < deadline) {
        sleep_ms(5);
    }
    return with_value() == count;
}

static int by_size(const void *left, const void *right) {
    const double one = *(const double *)left, other = *(const double *)right;
    return (one > other) - (one < other);
}

static void open_figure(void) {
    static double times[MEASURED_OPENS];
    open_all();
    for (int i = 0; i < MEASURED_OPENS; i++) {
        const double begin = now_ms(CLOCK_MONOTONIC);
        evercred_source *source = open_one(count + i);
        times[i] = now_ms(CLOCK_MONOTONIC) - begin;
        (void)source; /* it stays open */
    }
    qsort(times, MEASURED_OPENS, sizeof *times, by_size);
    printf("open_us_at_%d: %.1f\n", count, times[MEASURED_OPENS / 2] * 1e3);
}

static atomic_bool sampled;
static int most_descriptors, most_sockets;

/* Looks at the descriptors until told to stop. */
static void *sample(void *unused) {
    while (!sampled) {
        int descriptors = 0, sockets = 0;
        DIR *folder = opendir("/proc/self/fd");
        for (struct dirent *entry; folder && (entry = readdir(folder));) {
            char target[64];
            const ssize_t length = readlinkat(dirfd(folder), entry->d_name, target, sizeof target);
            descriptors += length > 0;
            sockets += length > 7 && memcmp(target, "socket:", 7) == 0;
        }
        if (folder) {
            closedir(folder);
        }
        most_descriptors = descriptors > most_descriptors ? descriptors : most_descriptors;
        most_sockets = sockets > most_sockets ? sockets : most_sockets;
        sleep_ms(1);
    }
    return unused;
}

static void fetch_figures(void) {
    /* What is set up once, such as the background thread and the root certificates, is no cost of a source. */
    evercred_source *first = open_one(0);
    evercred_credential *credential = NULL;
    check(evercred_source_get(first, 20000, &credential));
    evercred_credential_free(credential);
    sleep_ms(1500);

    const long before = status_kb("VmRSS");
    FILE *peak = fopen("/proc/self/clear_refs", "w");
    if (peak) {
        fputs("5", peak); /* resets VmHWM */
        fclose(peak);
    }
    pthread_t sampler;
    pthread_create(&sampler, NULL, sample, NULL);
    const double begin = now_ms(CLOCK_MONOTONIC);
    open_all();
    for (int i = 0; i < count; i++) {
        start(sources[i]);
    }
    const int all = wait_for_values();
    const double took = now_ms(CLOCK_MONOTONIC) - begin;
    sampled = 1;
    pthread_join(sampler, NULL);
    const long highest = status_kb("VmHWM");
    sleep_ms(2000);
    const long after = status_kb("VmRSS");
    if (!all) {
        fprintf(stderr, "%d of %d sources have a value\n", with_value(), count);
        exit(1);
    }
    printf("fetch_s_%d: %.1f\n", count, took / 1e3);
    printf("bytes_per_source_fetched: %ld\n", (after - before) * 1024 / count);
    printf("bytes_per_source_peak: %ld\n", (highest - before) * 1024 / count);
    printf("sockets_at_%d: %d\n", count, most_sockets);
    printf("descriptors_at_%d: %d\n", count, most_descriptors);

    double best = 1e9;
    for (int i = 0; i < 5; i++) {
        evercred_report *report = NULL;
        const double start_ms = now_ms(CLOCK_MONOTONIC);
        check(evercred_client_report(client, EVERCRED_REPORT_JSON, &report));
        const double took_ms = now_ms(CLOCK_MONOTONIC) - start_ms;
        best = took_ms < best ? took_ms : best;
        evercred_report_free(report);
    }
    printf("report_ms_%d: %.1f\n", count, best);
    evercred_source_free(first);
}

/* The script ends the outage and knows when; this prints when the last source had a value. */
static void recover(bool by_get) {
    open_all();
    for (int i = 0; i < count; i++) {
        start(sources[i]);
    }
    for (int i = 0; by_get && i < count; i++) {
        evercred_credential *credential = NULL;
        while (!credential) {
            evercred_error *error = evercred_source_get(sources[i], 1000, &credential);
            if (error) {
                evercred_error_free(error);
                sleep_ms(20);
            }
        }
        evercred_credential_free(credential);
    }
    if (wait_for_values()) {
        printf("%.0f\n", now_ms(CLOCK_REALTIME));
    }
}

static void cache(void) {
    const double deadline = now_ms(CLOCK_MONOTONIC) + 30 * 1000;
    int found = 0;
    open_all();
    for (int i = 0; i < count; i++) {
        start(sources[i]);
    }
    for (int i = 0; i < count; i++) {
        evercred_credential *credential = NULL;
        const double left = deadline - now_ms(CLOCK_MONOTONIC);
        evercred_error_free(evercred_source_get(sources[i], left > 0 ? (int64_t)left : 0, &credential));
        found += evercred_credential_origin(credential) == EVERCRED_ORIGIN_FILE_CACHE;
        evercred_credential_free(credential);
    }
    printf("cache_file_values_of_%d: %d\n", count, found);
}

int main(int argc, char **argv) {
    const char *figure = argc == 3 ? argv[1] : "";
    count = argc == 3 ? atoi(argv[2]) : 0;
    sources = calloc((size_t)count + 1, sizeof *sources);
    check(evercred_config_new(&config));
    check(evercred_config_load_environment(config));
    check(evercred_client_new(config, &client));
    if (strcmp(figure, "open") == 0) {
        open_figure();
        return 0;
    }
    if (strcmp(figure, "fetch") == 0) {
        fetch_figures();
    } else if (strcmp(figure, "recover") == 0) {
        recover(false);
    } else if (strcmp(figure, "recover-by-get") == 0) {
        recover(true);
    } else if (strcmp(figure, "cache") == 0) {
        cache();
    } else {
        fputs("usage: population open|fetch|recover|recover-by-get|cache N\n", stderr);
        return 1;
    }
    for (int i = 0; i < count; i++) {
        evercred_source_free(sources[i]);
    }
    evercred_client_free(client);
    evercred_config_free(config);
    free(sources);
    return 0;
}
