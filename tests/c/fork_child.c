/* A forked child keeps working, whatever the parent's threads did at the time of the fork. */
#include "fork.h"

#include <pthread.h>

#define FORKS 20

static int stop_flag;

static void *keep_refreshing(void *argument) {
    const evercred_source *source = argument;
    while (__atomic_load_n(&stop_flag, __ATOMIC_ACQUIRE) == 0) {
        evercred_credential *credential = NULL;
        OK(evercred_source_refresh(source, 20000 * slowdown(), &credential));
        evercred_credential_free(credential);
        sleep_ms(1);
    }
    return NULL;
}

static void use_in_child(const evercred_source *source) {
    evercred_credential *cached = test_get(source);
    evercred_credential *fresh = NULL;
    OK(evercred_source_refresh(source, 20000 * slowdown(), &fresh));
    CHECK(fresh != NULL && evercred_credential_password(fresh, NULL)[0] != '\0');
    CHECK(same_password(cached, fresh));
    evercred_credential_free(cached);
    evercred_credential_free(fresh);
}

int main(void) {
    test_begin("fork_child");
    evercred_client *client = test_client(NULL, NULL);
    evercred_source *source = test_source(client);
    evercred_credential_free(test_get(source));
    pthread_t worker;
    CHECK(pthread_create(&worker, NULL, keep_refreshing, source) == 0);

    for (int round = 0; round < FORKS; ++round) {
        sleep_ms(round % 4);
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            alarm((unsigned)(20 * slowdown()));
            use_in_child(source);
            if (round % 5 == 0) {
                const pid_t grandchild = fork();
                CHECK(grandchild >= 0);
                if (grandchild == 0) {
                    alarm((unsigned)(15 * slowdown()));
                    use_in_child(source);
                    _exit(0);
                }
                expect_good_end(grandchild);
            }
            if (round % 3 == 0) {
                evercred_client_close(client);
                evercred_source_free(source);
                evercred_client_free(client);
            }
            _exit(0);
        }
        expect_good_end(child);
    }

    __atomic_store_n(&stop_flag, 1, __ATOMIC_RELEASE);
    CHECK(pthread_join(worker, NULL) == 0);
    evercred_source_free(source);
    evercred_client_free(client);
    return test_end();
}
