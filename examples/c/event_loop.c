/* A server with one epoll loop and 1,000 database accounts. No call in the loop waits.
 *
 * evercred_source_try_get returns a password at once, or none while a fetch is under way. A login without a password
 * waits in its account, and the event of the fetch's end continues it. All accounts share one subscription, whose
 * descriptor is polled edge-triggered: after each edge the loop takes events until there are none.
 *
 *   EVERCRED_TENCENT_SECRET_ID=… EVERCRED_TENCENT_SECRET_KEY=… ./event_loop ap-guangzhou cdb-example1 app
 *
 * The accounts are app0, app1, and so on; a timer plays the clients that log in. The program ends after three logins of
 * each account. */
#define _POSIX_C_SOURCE 200809L
#include <evercred.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { ACCOUNTS = 1000, LOGINS = 3 * ACCOUNTS, LOGINS_PER_TICK = 50, TICK_NS = 1000 * 1000 };

struct account {
    evercred_source *source;
    evercred_credential *credential; /* the last password, or NULL */
    int waiting;                     /* logins that wait for one */
};

static struct account accounts[ACCOUNTS];     /* by name, as in the events */
static int arrived, served, failed, attempts; /* logins; fetches that failed and are repeated */

static void stop(const char *what, evercred_error *error) {
    fprintf(stderr, "%s: %s\n", what, error ? evercred_error_message(error, NULL) : "failed");
    exit(1);
}

static int by_name(const void *left, const void *right) {
    const struct account *one = left, *other = right;
    return strcmp(evercred_source_name(one->source, NULL), evercred_source_name(other->source, NULL));
}

static int has_name(const void *name, const void *account) {
    return strcmp(name, evercred_source_name(((const struct account *)account)->source, NULL));
}

/* The waiting logins of an account fail: the cloud refused its password, and only a person can change that. */
static void refuse(struct account *account, evercred_error *error) {
    fprintf(stderr, "%s: %s\n", evercred_source_name(account->source, NULL), evercred_error_message(error, NULL));
    failed += account->waiting;
    account->waiting = 0;
}

/* Serves the waiting logins of an account, if it has a password. */
static void serve(struct account *account) {
    if (account->waiting == 0) {
        return;
    }
    if (!evercred_credential_is_current(account->credential)) { /* also for NULL */
        evercred_credential *credential = NULL;
        evercred_error *error = evercred_source_try_get(account->source, &credential);
        if (error && !evercred_error_is_retryable(error)) {
            refuse(account, error);
        }
        evercred_error_free(error);
        if (!credential) {
            return; /* an event comes */
        }
        evercred_credential_free(account->credential);
        account->credential = credential;
    }
    /* Here a server connects with evercred_credential_password(account->credential, NULL). */
    served += account->waiting;
    account->waiting = 0;
}

/* Takes all events that wait. */
static void take_events(evercred_subscription *subscription) {
    evercred_event *event = NULL;
    for (;;) {
        evercred_error *error = evercred_subscription_next(subscription, 0, &event);
        if (error) {
            stop("subscription", error);
        }
        if (!event) {
            return;
        }
        struct account *account =
            bsearch(evercred_event_source_name(event, NULL), accounts, ACCOUNTS, sizeof *accounts, has_name);
        const evercred_error *reason = evercred_event_error(event);
        if (evercred_event_dropped_before(event) > 0) {
            /* The queue was full, so the event of any account may be lost. */
            for (int i = 0; i < ACCOUNTS; i++) {
                serve(&accounts[i]);
            }
        } else if (account && evercred_event_kind(event) == EVERCRED_EVENT_REFRESH_FAILED && reason &&
                   evercred_error_is_retryable(reason)) {
            attempts++; /* the library repeats the fetch, and another event comes */
        } else if (account) {
            serve(account);
        }
        evercred_event_free(event);
    }
}

int main(int argc, char **argv) {
    evercred_config *config = NULL;
    evercred_client *client = NULL;
    evercred_subscription *subscription = NULL;
    evercred_error *error = evercred_config_new(&config);
    if (argc != 4) {
        stop("usage: event_loop REGION INSTANCE USER", NULL);
    }
    if (!error) {
        error = evercred_config_load_environment(config);
    }
    if (!error) {
        error = evercred_client_new(config, &client);
    }
    /* Before the first try_get, so that no event is missed. */
    if (!error) {
        error = evercred_subscription_open(client, NULL, &subscription);
    }
    for (int i = 0; !error && i < ACCOUNTS; i++) {
        char user[256];
        snprintf(user, sizeof user, "%s%d", argv[3], i);
        error = evercred_source_open_database(client, argv[1], argv[2], user, &accounts[i].source);
    }
    if (error) {
        stop("setting up", error);
    }
    qsort(accounts, ACCOUNTS, sizeof *accounts, by_name);

    const int events = evercred_subscription_descriptor(subscription);
    const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    const int loop = epoll_create1(EPOLL_CLOEXEC);
    const struct itimerspec tick = {{0, TICK_NS}, {0, TICK_NS}};
    struct epoll_event on_event = {.events = EPOLLIN | EPOLLET, .data.fd = events};
    struct epoll_event on_tick = {.events = EPOLLIN, .data.fd = timer};
    if (loop < 0 || timer < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, events, &on_event) != 0 ||
        epoll_ctl(loop, EPOLL_CTL_ADD, timer, &on_tick) != 0 || timerfd_settime(timer, 0, &tick, NULL) != 0) {
        stop("epoll", NULL);
    }
    while (served + failed < LOGINS) {
        struct epoll_event ready[2];
        const int count = epoll_wait(loop, ready, 2, -1);
        for (int i = 0; i < count; i++) {
            uint64_t ticks;
            if (ready[i].data.fd == events) {
                take_events(subscription);
            } else if (read(timer, &ticks, sizeof ticks) == sizeof ticks) {
                for (int login = 0; login < LOGINS_PER_TICK && arrived < LOGINS; login++) {
                    struct account *account = &accounts[arrived++ % ACCOUNTS];
                    account->waiting++;
                    serve(account);
                }
            }
        }
    }
    printf("%d logins served, %d refused, %d fetches repeated\n", served, failed, attempts);

    for (int i = 0; i < ACCOUNTS; i++) {
        evercred_credential_free(accounts[i].credential);
        evercred_source_free(accounts[i].source);
    }
    evercred_subscription_free(subscription);
    evercred_client_free(client);
    evercred_config_free(config);
    close(loop);
    close(timer);
    return 0;
}
