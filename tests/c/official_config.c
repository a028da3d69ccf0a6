/* The official plugin's own file is loaded and used unchanged; an error in it is reported with key and line. */
#include "backends.h"

static evercred_config *config_for_tests(void) {
    evercred_config *config = test_config();
    OK(evercred_config_set(config, "aliyun_scheme", "http"));
    return config;
}

static void refuses(const char *path, const char *text, const char *key, const char *line) {
    write_file(path, text);
    evercred_config *config = config_for_tests();
    evercred_error *error = evercred_config_load_file(config, path);
    CHECK(error != NULL);
    CHECK_HAS(evercred_error_message(error, NULL), key);
    CHECK_HAS(evercred_error_message(error, NULL), line);
    CHECK_HAS(evercred_error_message(error, NULL), path);
    CHECK_LACKS(evercred_error_message(error, NULL), ASKER_SECRET);
    evercred_error_free(error);
    evercred_config_free(config);
}

int main(void) {
    test_begin("official_config");
    char folder[256], path[320], text[2048];
    make_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/managed_credentials_providers.properties", folder);
    snprintf(text, sizeof text,
             "# as with the official plugin\ncredentials_type=ak\ncredentials_access_key_id=" ASKER
             "\ncredentials_access_secret=" ASKER_SECRET
             "\ncache_client_region_id=[{\"regionId\":\"cn-hangzhou\",\"endpoint\":\"%s\"}]\nsecret_names=" SECRET_NAME
             "\nmonitor_period_milliseconds=1800000\n",
             setting("EVERCRED_TEST_ENDPOINT"));
    write_file(path, text);

    evercred_config *config = config_for_tests();
    OK(evercred_config_load_file(config, path));
    evercred_client *client = client_with(config);
    evercred_config_free(config);
    /* A secret that the file names is fetched without a request. */
    const int64_t deadline = monotonic_ms() + 10000 * (int64_t)slowdown();
    while (secret_requests() == 0 && monotonic_ms() < deadline) {
        sleep_ms(5);
    }
    CHECK_INT(1, secret_requests());
    evercred_source *source = NULL;
    OK(evercred_source_open_managed(client, SECRET_NAME, &source));
    evercred_credential_free(managed_get(source));
    CHECK_INT(1, secret_requests());
    evercred_source_free(source);
    evercred_client_free(client);

    refuses(path, "a=b\ncredentials_type=nonsense\n", "credentials_type", "line 2");
    refuses(path, "credentials_type=ak\ncredentials_access_secret=" ASKER_SECRET "\n", "credentials_access_key_id",
            "line 1");
    refuses(path,
            "credentials_type=ak\ncredentials_access_key_id=x\ncredentials_access_secret=" ASKER_SECRET
            "\ncache_client_region_id=oops\n",
            "cache_client_region_id", "line 4");
    config = config_for_tests();
    snprintf(text, sizeof text, "%s/absent.properties", folder);
    FAILS_ONLY(EVERCRED_E_FILE, evercred_config_load_file(config, text));
    evercred_config_free(config);
    unlink(path);
    rmdir(folder);
    return test_end();
}
