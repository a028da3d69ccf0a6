/*
 * Logs in to a MySQL-protocol server with a database token instead of a fixed password:
 *
 *   database_token REGION INSTANCE USER HOST PORT
 *
 * EVERCRED_... variables set the login identity and the other options; otherwise the identity chain finds the identity.
 * The program logs in once at the start and once for each line of its standard input.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <evercred.h>
#include <mysql.h>

/* The server's error number for a rotated password. */
#define ACCESS_DENIED 1045

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

/* A token is a secret: only its length, generation and expiry are printed. */
static void describe(const evercred_credential *credential) {
    size_t length = 0;
    (void)evercred_credential_password(credential, &length);
    char until[64] = "a time that the cloud does not say";
    const int64_t expires_at_ms = evercred_credential_expires_at_ms(credential);
    if (expires_at_ms > 0) {
        const time_t seconds = (time_t)(expires_at_ms / 1000);
        const struct tm *utc = gmtime(&seconds);
        if (utc != NULL) {
            strftime(until, sizeof until, "%Y-%m-%d %H:%M:%S UTC", utc);
        }
    }
    printf("token: %zu characters, generation %" PRIu64 ", valid until %s\n", length,
           evercred_credential_generation(credential), until);
}

/* One login attempt. Returns 0 or the server's error number. */
static unsigned connect_once(const evercred_credential *credential, const char *host, unsigned port) {
    MYSQL *connection = mysql_init(NULL);
    if (connection == NULL) {
        return 1;
    }
    const unsigned protocol = MYSQL_PROTOCOL_TCP;
    const unsigned limit_s = 10;
    mysql_options(connection, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_options(connection, MYSQL_OPT_CONNECT_TIMEOUT, &limit_s);
    unsigned number = 0;
    if (mysql_real_connect(connection, host, evercred_credential_username(credential, NULL),
                           evercred_credential_password(credential, NULL), NULL, port, NULL, 0) != NULL) {
        printf("login: Success! (server %s)\n", mysql_get_server_info(connection));
    } else {
        number = mysql_errno(connection);
        printf("login: refused with %u: %s\n", number, mysql_error(connection));
    }
    mysql_close(connection);
    return number;
}

/*
 * Logs in with the current token. `get` takes nanoseconds while the token is fresh, so every login uses it. A refusal
 * may mean that the password was rotated early: after a report the library fetches the new one.
 */
static bool log_in(const evercred_source *source, const char *host, unsigned port) {
    for (int attempt = 0; attempt < 2; ++attempt) {
        evercred_credential *credential = NULL;
        if (failed("get", evercred_source_get(source, -1, &credential))) {
            return false;
        }
        describe(credential);
        const unsigned number = connect_once(credential, host, port);
        bool again = false;
        if (number == ACCESS_DENIED && attempt == 0) {
            puts("report_rejected: this token was refused, a new one is needed");
            again = !failed("report_rejected", evercred_source_report_rejected(source, credential));
        }
        evercred_credential_free(credential);
        if (!again) {
            return number == 0;
        }
    }
    return false;
}

static void print_report(const evercred_client *client) {
    evercred_report *report = NULL;
    if (!failed("report", evercred_client_report(client, EVERCRED_REPORT_JSON, &report))) {
        printf("report: %s\n", evercred_report_text(report, NULL));
    }
    evercred_report_free(report);
}

/* Every free function accepts NULL, so a failure needs no special clean-up. */
static bool run(char **arguments) {
    evercred_config *config = NULL;
    evercred_client *client = NULL;
    evercred_source *source = NULL;
    const unsigned port = (unsigned)strtoul(arguments[5], NULL, 10);
    bool good =
        !failed("config_new", evercred_config_new(&config)) &&
        !failed("load_environment", evercred_config_load_environment(config)) &&
        !failed("client_new", evercred_client_new(config, &client)) &&
        !failed("open", evercred_source_open_database(client, arguments[1], arguments[2], arguments[3], &source)) &&
        log_in(source, arguments[4], port);
    for (int character = good ? getchar() : EOF; good && character != EOF; character = getchar()) {
        if (character == '\n') {
            good = log_in(source, arguments[4], port);
        }
    }
    if (good) {
        print_report(client);
    }
    evercred_source_free(source);
    evercred_client_free(client);
    evercred_config_free(config);
    return good;
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: %s REGION INSTANCE USER HOST PORT\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    mysql_library_init(0, NULL, NULL);
    const bool good = run(argv);
    mysql_library_end();
    return good ? 0 : 1;
}
