/* A real server takes the token as a password, refuses it after a rotation, and takes the next one. */
#include "common.h"

#include <mysql.h>

#define ACCESS_DENIED 1045

/* Logs in over TCP; returns 0 or the server's error number. */
static unsigned log_in(const evercred_credential *credential) {
    const char *port = setting("EVERCRED_TEST_MYSQL_PORT");
    MYSQL *connection = mysql_init(NULL);
    CHECK(connection != NULL);
    const unsigned protocol = MYSQL_PROTOCOL_TCP;
    const unsigned limit_s = 10U * (unsigned)slowdown();
    mysql_options(connection, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_options(connection, MYSQL_OPT_CONNECT_TIMEOUT, &limit_s);
    unsigned number = 0;
    if (mysql_real_connect(connection, "127.0.0.1", evercred_credential_username(credential, NULL),
                           evercred_credential_password(credential, NULL), NULL, (unsigned)atoi(port), NULL,
                           0) == NULL) {
        number = mysql_errno(connection);
        CHECK_LACKS(mysql_error(connection), evercred_credential_password(credential, NULL));
    } else {
        CHECK_INT(0, mysql_query(connection, "SELECT 1"));
        MYSQL_RES *result = mysql_store_result(connection);
        CHECK(result != NULL && mysql_num_rows(result) == 1);
        mysql_free_result(result);
    }
    mysql_close(connection);
    return number;
}

int main(void) {
    test_begin("mariadb_login");
    CHECK_INT(0, mysql_library_init(0, NULL, NULL));
    evercred_client *client = test_client(NULL, NULL);
    evercred_source *source = test_source(client);
    evercred_credential *first = test_get(source);
    CHECK_INT(0, log_in(first));

    control_rotate();
    CHECK_INT(ACCESS_DENIED, log_in(first));
    OK(evercred_source_report_rejected(source, first));
    evercred_credential *second = test_get(source);
    CHECK(!same_password(first, second));
    CHECK_INT(0, log_in(second));
    CHECK_INT(ACCESS_DENIED, log_in(first));
    puts("Success!");

    evercred_credential_free(first);
    evercred_credential_free(second);
    evercred_source_free(source);
    evercred_client_free(client);
    mysql_library_end();
    return test_end();
}
