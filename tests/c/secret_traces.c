/* The secret of the cache file leaves no copy in memory after everything is freed. */
#include "common.h"

#include <fcntl.h>

#define SECRET_LENGTH 40
/* The program keeps the secret in this disguise, so that a search does not find the program's own copy. */
#define DISGUISE 0x55

static char folder[] = "/tmp/evercred-secret-traces-XXXXXX";
static unsigned char disguised[SECRET_LENGTH];
static unsigned char chunk[1 << 20];

static void choose_secret(void) {
    const int random = open("/dev/urandom", O_RDONLY);
    CHECK(random >= 0);
    CHECK(read(random, disguised, sizeof disguised) == (ssize_t)sizeof disguised);
    close(random);
    for (size_t index = 0; index < sizeof disguised; ++index) {
        disguised[index] = (unsigned char)(('a' + disguised[index] % 26) ^ DISGUISE);
    }
}

static void set_secret(evercred_config *config) {
    volatile char plain[SECRET_LENGTH + 1];
    for (size_t index = 0; index < SECRET_LENGTH; ++index) {
        plain[index] = (char)(disguised[index] ^ DISGUISE);
    }
    plain[SECRET_LENGTH] = '\0';
    OK(evercred_config_set(config, "cache_secret", (const char *)plain));
    for (size_t index = 0; index < SECRET_LENGTH; ++index) {
        plain[index] = 0;
    }
}

/* How often the secret occurs in a range of this process's memory. */
static int occurrences(int memory, uint64_t start, uint64_t end) {
    int found = 0;
    while (start < end) {
        const size_t wanted = end - start < sizeof chunk ? (size_t)(end - start) : sizeof chunk;
        const ssize_t length = pread(memory, chunk, wanted, (off_t)start);
        if (length < SECRET_LENGTH) {
            break;
        }
        for (ssize_t at = 0; at + SECRET_LENGTH <= length; ++at) {
            int index = 0;
            while (index < SECRET_LENGTH && (chunk[at + index] ^ DISGUISE) == disguised[index]) {
                ++index;
            }
            found += index == SECRET_LENGTH;
        }
        /* A secret may lie across the border of two chunks. */
        start += (uint64_t)length < wanted || wanted < sizeof chunk ? (uint64_t)length
                                                                    : (uint64_t)(length - SECRET_LENGTH + 1);
    }
    memset(chunk, 0, sizeof chunk);
    return found;
}

static int search_memory(void) {
    FILE *maps = fopen("/proc/self/maps", "r");
    const int memory = open("/proc/self/mem", O_RDONLY);
    CHECK(maps != NULL && memory >= 0);
    char line[512];
    int found = 0;
    while (fgets(line, sizeof line, maps) != NULL) {
        uint64_t start = 0;
        uint64_t end = 0;
        char access[8];
        CHECK(sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &start, &end, access) == 3);
        /* Not the buffer of the search itself. */
        if (access[0] == 'r' && access[1] == 'w') {
            const uint64_t first = (uint64_t)(uintptr_t)chunk;
            if (first >= start && first < end) {
                found += occurrences(memory, start, first);
                found += occurrences(memory, first + sizeof chunk, end);
            } else {
                found += occurrences(memory, start, end);
            }
        }
    }
    fclose(maps);
    close(memory);
    return found;
}

static void use_everything(void) {
    char path[sizeof folder + 16];
    snprintf(path, sizeof path, "%s/cache", folder);
    for (int round = 0; round < 3; ++round) {
        evercred_config *config = test_config();
        OK(evercred_config_set(config, "cache_file", path));
        set_secret(config);
        evercred_client *client = client_with(config);
        evercred_source *source = test_source(client);
        evercred_credential_free(test_get(source));
        if (round == 0) {
            CHECK(search_memory() > 0);
        }
        evercred_source_free(source);
        evercred_client_free(client);
        evercred_config_free(config);
    }
    CHECK(unlink(path) == 0);
    snprintf(path, sizeof path, "%s/cache.lock", folder);
    CHECK(unlink(path) == 0);
    CHECK(rmdir(folder) == 0);
}

int main(void) {
    test_begin("secret_traces");
    CHECK(mkdtemp(folder) != NULL);
    choose_secret();
    use_everything();
    wait_for_threads(1);
    CHECK_INT(0, search_memory());
    return test_end();
}
