/* Two regions: the first is asked alone; if it is down, the second is asked; if both are down, the error names both.
 * When the first is back, it is used again. */
#include "backends.h"

int main(void) {
    test_begin("regions");
    char first[64], second[64], list[512];
    region("{\"region\":\"cn-hangzhou\"}", first, sizeof first);
    region("{\"region\":\"cn-beijing\"}", second, sizeof second);
    snprintf(list, sizeof list,
             "[{\"regionId\":\"cn-hangzhou\",\"endpoint\":\"%s\"},{\"regionId\":\"cn-beijing\",\"endpoint\":\"%s\"}]",
             first, second);

    evercred_config *config = asker_config();
    evercred_client *client = NULL;
    evercred_source *source = NULL;
    evercred_error *wrong = FAILS(EVERCRED_E_INVALID_OPTION, evercred_config_set(config, "aliyun_regions", "[{]"));
    CHECK_HAS(evercred_error_message(wrong, NULL), "aliyun_regions: it is not JSON: line 1, column 3, entry 1");
    evercred_error_free(wrong);
    /* An official configuration can add its regions to an empty list, so that only a source refuses it. */
    OK(evercred_config_set(config, "aliyun_regions", "[]"));
    OK(evercred_client_new(config, &client));
    wrong = FAILS(EVERCRED_E_INVALID_OPTION, evercred_source_open_managed(client, SECRET_NAME, &source));
    CHECK_HAS(evercred_error_message(wrong, NULL), "aliyun_regions");
    evercred_error_free(wrong);
    evercred_client_free(client);

    OK(evercred_config_set(config, "aliyun_regions", list));
    OK(evercred_client_new(config, &client));
    OK(evercred_source_open_managed(client, SECRET_NAME, &source));
    evercred_credential *old = managed_get(source);
    CHECK_INT(1, region("{\"region\":\"cn-hangzhou\"}", NULL, 0));
    CHECK_INT(0, region("{\"region\":\"cn-beijing\"}", NULL, 0));

    /* An emergency, while the first region is down. */
    region("{\"region\":\"cn-hangzhou\",\"down\":true}", NULL, 0);
    control("rotate-secret", "{\"name\":\"" SECRET_NAME "\",\"overlap_ms\":0}", NULL);
    OK(evercred_source_report_rejected(source, old));
    evercred_credential *fresh = managed_get(source);
    CHECK(!same_key(old, fresh));
    CHECK(region("{\"region\":\"cn-beijing\"}", NULL, 0) > 0);

    region("{\"region\":\"cn-beijing\",\"down\":true}", NULL, 0);
    evercred_credential *none = NULL;
    evercred_error *error = FAILS(EVERCRED_E_NETWORK, evercred_source_refresh(source, 10000 * slowdown(), &none));
    CHECK(evercred_error_is_retryable(error));
    CHECK_HAS(evercred_error_message(error, NULL), first);
    CHECK_HAS(evercred_error_message(error, NULL), second);
    evercred_error_free(error);
    CHECK(none == NULL);
    /* The held key is still returned. */
    evercred_credential *held = managed_get(source);
    CHECK(same_key(fresh, held));

    /* The first region is back, the second is not: the first is used again, without a wait. */
    region("{\"region\":\"cn-hangzhou\",\"down\":false}", NULL, 0);
    control("rotate-secret", "{\"name\":\"" SECRET_NAME "\",\"overlap_ms\":0}", NULL);
    OK(evercred_source_report_rejected(source, held));
    evercred_credential *back = managed_get(source);
    CHECK(!same_key(fresh, back));
    CHECK_INT(EVERCRED_STATE_FRESH, evercred_credential_state(back));
    evercred_credential_free(back);

    evercred_credential_free(old);
    evercred_credential_free(fresh);
    evercred_credential_free(held);
    evercred_source_free(source);
    evercred_client_free(client);
    evercred_config_free(config);
    return test_end();
}
