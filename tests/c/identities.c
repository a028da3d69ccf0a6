/* Every login identity of Alibaba Cloud at KMS, with both signatures, and together with an instance of dedicated KMS.
 * A metadata service that does not exist, or whose tokens do not arrive, causes no long wait. */
#include "backends.h"

#define ROLE "acs:ram::1234:role/reader"
#define PROVIDER "acs:ram::1234:oidc-provider/ack"

struct option {
    const char *key;
    const char *value;
};

static char endpoint[64], folder[256], dedicated[1024];

static const char *in_folder(char path[320], const char *name) {
    CHECK(snprintf(path, 320, "%s/%s", folder, name) < 320);
    return path;
}

static evercred_config *config_of(const struct option *options) {
    evercred_config *config = test_config();
    OK(evercred_config_set(config, "aliyun_scheme", "http"));
    OK(evercred_config_set(config, "aliyun_sts_endpoint", endpoint));
    OK(evercred_config_set(config, "max_attempts", "1"));
    for (; options->key != NULL; ++options) {
        OK(evercred_config_set(config, options->key, options->value));
    }
    return config;
}

/* One fetch from the backend that an option names; it returns the secret's key. */
static void fetches(const struct option *options, const char *option, const char *backend, const char *signature) {
    evercred_config *config = config_of(options);
    OK(evercred_config_set(config, option, backend));
    OK(evercred_config_set(config, "aliyun_signature", signature));
    evercred_client *client = client_with(config);
    evercred_config_free(config);
    evercred_source *source = managed_source(client, SECRET_NAME);
    evercred_credential *credential = managed_get(source);
    char answer[CONTROL_ANSWER_MAX], id[128];
    control("secret", "{\"name\":\"" SECRET_NAME "\"}", answer);
    answer_text(answer, "access_key_id", id, sizeof id);
    CHECK(strcmp(evercred_credential_access_key_id(credential, NULL), id) == 0);
    CHECK_INT(EVERCRED_ORIGIN_CLOUD, evercred_credential_origin(credential));
    evercred_credential_free(credential);
    evercred_source_free(source);
    evercred_client_free(client);
}

static void works(const struct option *options) {
    const int64_t before = secret_requests();
    fetches(options, "aliyun_kms_endpoint", endpoint, "acs3");
    fetches(options, "aliyun_kms_endpoint", endpoint, "rpc");
    CHECK_INT(2, secret_requests() - before);
    /* Whatever the login identity: the instance uses its own client key, and KMS is not asked. */
    fetches(options, "aliyun_regions", dedicated, "acs3");
    CHECK_INT(2, secret_requests() - before);
}

#define WORKS(...)                                                                                                     \
    do {                                                                                                               \
        const struct option works_options[] = {__VA_ARGS__, {NULL, NULL}};                                             \
        works(works_options);                                                                                          \
    } while (0)

static void keys(void) {
    WORKS({"aliyun_access_key_id", ASKER}, {"aliyun_access_key_secret", ASKER_SECRET});
    control("access-keys",
            "{\"id\":\"STS.session\",\"secret\":\"session-secret\",\"token\":\"session-token\","
            "\"expires_in_ms\":3600000}",
            NULL);
    WORKS({"aliyun_access_key_id", "STS.session"}, {"aliyun_access_key_secret", "session-secret"},
          {"aliyun_security_token", "session-token"});
    char path[320];
    WORKS({"aliyun_client_key_file", in_folder(path, "clientKey.json")},
          {"aliyun_client_key_password", "a client key's password"});
    WORKS({"aliyun_identity", "environment"});
    /* The chain can find only the environment. */
    WORKS({"aliyun_identity", "chain"});
}

static void roles(void) {
    control("ram-role", "{\"arn\":\"" ROLE "\",\"life_ms\":3600000,\"external_id\":\"x\"}", NULL);
    WORKS({"aliyun_access_key_id", ASKER}, {"aliyun_access_key_secret", ASKER_SECRET}, {"aliyun_role_arn", ROLE},
          {"aliyun_role_external_id", "x"});
    char answer[CONTROL_ANSWER_MAX], token_file[512];
    control("ram-oidc-file", "{\"provider_arn\":\"" PROVIDER "\"}", answer);
    answer_text(answer, "path", token_file, sizeof token_file);
    WORKS({"aliyun_oidc_provider_arn", PROVIDER}, {"aliyun_oidc_token_file", token_file}, {"aliyun_role_arn", ROLE},
          {"aliyun_role_external_id", "x"});
}

static void machine(void) {
    control("ecs-role", "{\"name\":\"machine\",\"life_ms\":3600000}", NULL);
    const char *control_url = setting("EVERCRED_TEST_CONTROL");
    const char *metadata = control_url + strlen("http://");
    WORKS({"aliyun_identity", "ecs_ram_role"}, {"aliyun_metadata_endpoint", metadata});
    char uri[160];
    snprintf(uri, sizeof uri, "%s/aliyun/credentials/machine", control_url);
    WORKS({"aliyun_identity", "credentials_uri"}, {"aliyun_credentials_uri", uri});

    /* Tokens that do not arrive, and no other identity: the error comes soon and says what to do. */
    control("ecs-metadata", "{\"v1\":false,\"v2\":true,\"hop_limited\":true}", NULL);
    const struct option limited[] = {{"aliyun_identity", "ecs_ram_role"},
                                     {"aliyun_metadata_endpoint", metadata},
                                     {"aliyun_kms_endpoint", endpoint},
                                     {NULL, NULL}};
    const struct option absent[] = {{"aliyun_identity", "ecs_ram_role"},
                                    {"aliyun_metadata_endpoint", "127.0.0.1:1"},
                                    {"aliyun_kms_endpoint", endpoint},
                                    {NULL, NULL}};
    for (int round = 0; round < 2; ++round) {
        evercred_config *config = config_of(round == 0 ? limited : absent);
        evercred_client *client = client_with(config);
        evercred_config_free(config);
        evercred_source *source = managed_source(client, SECRET_NAME);
        evercred_credential *none = NULL;
        const int64_t start = monotonic_ms();
        evercred_error *error = evercred_source_get(source, 30000 * slowdown(), &none);
        CHECK(error != NULL && none == NULL);
        CHECK(monotonic_ms() - start < 15000 * (int64_t)slowdown());
        CHECK_HAS(evercred_error_message(error, NULL), round == 0 ? "hop limit" : "metadata service");
        evercred_error_free(error);
        evercred_source_free(source);
        evercred_client_free(client);
    }
    control("ecs-metadata", "{\"v1\":true,\"v2\":true,\"hop_limited\":false}", NULL);
}

static void files_and_programs(void) {
    char path[320], command[400], text[1024];
    in_folder(path, "key.json");
    write_file(path, "{\"mode\":\"AK\",\"access_key_id\":\"" ASKER "\",\"access_key_secret\":\"" ASKER_SECRET "\"}");
    snprintf(command, sizeof command, "/bin/cat '%s'", path);
    WORKS({"aliyun_identity", "process"}, {"aliyun_process_command", command});
    unlink(path);

    in_folder(path, "credentials");
    write_file(path, "[default]\ntype = access_key\naccess_key_id = " ASKER "\naccess_key_secret = " ASKER_SECRET "\n");
    WORKS({"aliyun_identity", "profile"}, {"aliyun_credentials_file", path});
    unlink(path);

    in_folder(path, "config.json");
    snprintf(text, sizeof text,
             "{\"current\":\"p\",\"profiles\":[{\"name\":\"p\",\"mode\":\"AK\",\"access_key_id\":\"%s\","
             "\"access_key_secret\":\"%s\"}]}",
             ASKER, ASKER_SECRET);
    write_file(path, text);
    WORKS({"aliyun_identity", "profile"}, {"aliyun_config_file", path});
    unlink(path);
}

int main(void) {
    test_begin("identities");
    /* Before the first thread starts. */
    CHECK(setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", ASKER, 1) == 0);
    CHECK(setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", ASKER_SECRET, 1) == 0);
    CHECK(unsetenv("ALIBABA_CLOUD_SECURITY_TOKEN") == 0);
    make_folder(folder, sizeof folder);
    snprintf(endpoint, sizeof endpoint, "%s", setting("EVERCRED_TEST_ENDPOINT"));
    char answer[CONTROL_ANSWER_MAX], json[16384], key_file[320];
    control("client-key", "{\"password\":\"a client key's password\"}", answer);
    answer_text(answer, "json", json, sizeof json);
    write_file(in_folder(key_file, "clientKey.json"), json);
    snprintf(dedicated, sizeof dedicated,
             "[{\"regionId\":\"cn-hangzhou\",\"endpoint\":\"%s\",\"clientKeyFile\":\"%s\","
             "\"password\":\"a client key's password\",\"protocol\":\"http\"}]",
             endpoint, key_file);
    keys();
    roles();
    machine();
    files_and_programs();
    unlink(key_file);
    rmdir(folder);
    return test_end();
}
