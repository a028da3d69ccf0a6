package dev.evercred;

import java.time.Duration;

/**
 * The options that a client and a single source can have. A later call replaces an earlier one.
 *
 * <p>Generated from abi/options.json by dev.evercred.generator.Generator.
 *
 * @param <T> the type that the setters return
 */
public abstract class SourceSettings<T extends SourceSettings<T>> extends Settings<T> {
    SourceSettings() {}

    /**
     * The option {@code prefetch}. {@code on} starts the first fetch when the source is opened, instead of at the first
     * {@code get}. Default: {@code off}.
     */
    public final T prefetch(Choices.Prefetch value) {
        return option("prefetch", value.text());
    }

    /**
     * The option {@code poll_interval_ms}. How often a good value is fetched again, to detect an early rotation; ±10 %
     * at random. There is no poll in lazy mode, which detects one only by {@code report_rejected}. For a database
     * token, the default of 5 minutes makes 288 requests a day. In whole milliseconds. From 1000 to 86400000. Default:
     * {@code 300000}.
     */
    public final T pollInterval(Duration value) {
        return option("poll_interval_ms", millis("poll_interval_ms", value));
    }

    /**
     * The option {@code max_stale_ms}. How long after its end a value is returned, in state STALE, while the cloud
     * cannot be reached; counted from {@code renew_at} if the end is not known. If it is not set, the default applies
     * to database tokens, and 24 hours to managed credentials. 0: never. In whole milliseconds. From 0 to 315360000000.
     * Default: {@code 3600000}.
     */
    public final T maxStale(Duration value) {
        return option("max_stale_ms", millis("max_stale_ms", value));
    }

    /**
     * The option {@code refresh_wait_ms}. How long a {@code get} waits at most for a refresh if it returns the held
     * value when the refresh fails: in lazy mode when the value is due, in its mandatory window, stale or rejected. The
     * whole timeout of the call is only for having nothing. In whole milliseconds. From 0 to 600000. Default: {@code
     * 1000}.
     */
    public final T refreshWait(Duration value) {
        return option("refresh_wait_ms", millis("refresh_wait_ms", value));
    }

    /**
     * The option {@code rejected_settle_ms}. How long after {@code report_rejected} another value is looked for every
     * few seconds while the cloud still returns the rejected one. Afterwards the event RECONFIRMED is sent, and it is
     * looked for more rarely. The value stays REJECTED until another one comes. In whole milliseconds. From 0 to
     * 3600000. Default: {@code 60000}.
     */
    public final T rejectedSettle(Duration value) {
        return option("rejected_settle_ms", millis("rejected_settle_ms", value));
    }

    /**
     * The option {@code rejected_codes}. The error codes of a service, separated by commas, that mean a rejected value,
     * for {@code Source.isRejectionCode()}. If it is not set: the codes of database drivers for a rejected login
     * ({@code 1045}, {@code 28000}, {@code ER_ACCESS_DENIED_ERROR}, {@code 28P01}, {@code 18456}, {@code 18}, {@code
     * AuthenticationFailed}), and for a managed secret also {@code InvalidAccessKeyId.NotFound} and {@code
     * InvalidAccessKeyId}; for a login identity the cloud's codes for an access key or session token that is not
     * accepted (such as {@code AuthFailure.TokenFailure}, {@code InvalidSecurityToken.Expired}). A login identity has
     * the client's codes, because sources share it.
     */
    public final T rejectedCodes(String value) {
        return option("rejected_codes", value);
    }

    /**
     * The option {@code forced_refresh_burst}. How many calls of {@code refresh} are effective within {@code
     * forced_refresh_period_ms}, and how many reports of a rejected value; each has its own count. Further ones return
     * RATE_LIMITED; a value that is reported then is REJECTED all the same, and is fetched again as soon as a report
     * would be effective. From 1 to 1000. Default: {@code 5}.
     */
    public final T forcedRefreshBurst(long value) {
        return option("forced_refresh_burst", Long.toString(value));
    }

    /**
     * The option {@code forced_refresh_period_ms}. The period of {@code forced_refresh_burst}. In whole milliseconds.
     * From 1 to 86400000. Default: {@code 600000}.
     */
    public final T forcedRefreshPeriod(Duration value) {
        return option("forced_refresh_period_ms", millis("forced_refresh_period_ms", value));
    }

    /**
     * The option {@code max_attempts}. Attempts within one refresh while there is no usable value, with a short wait
     * with full jitter in between. From 1 to 10. Default: {@code 3}.
     */
    public final T maxAttempts(long value) {
        return option("max_attempts", Long.toString(value));
    }

    /**
     * The option {@code backoff_initial_ms}. The upper bound of the first wait after a failed refresh. It doubles with
     * each further failure; the wait has full jitter. In whole milliseconds. From 1 to 600000. Default: {@code 1000}.
     */
    public final T backoffInitial(Duration value) {
        return option("backoff_initial_ms", millis("backoff_initial_ms", value));
    }

    /**
     * The option {@code backoff_max_ms}. The upper bound of these waits, except after a refusal or if the service asks
     * for a longer one. A {@code get} without a usable value waits at most about as long as after a first failure, and
     * then asks the cloud itself. In whole milliseconds. From 100 to 86400000. Default: {@code 15000}.
     */
    public final T backoffMax(Duration value) {
        return option("backoff_max_ms", millis("backoff_max_ms", value));
    }

    /**
     * The option {@code refusal_memory_ms}. How long a refusal of the cloud is remembered: within this time, {@code
     * get} without a usable value returns it again and sends no request. In whole milliseconds. From 1 to 600000.
     * Default: {@code 10000}.
     */
    public final T refusalMemory(Duration value) {
        return option("refusal_memory_ms", millis("refusal_memory_ms", value));
    }

    /**
     * The option {@code cache_file}. A file that keeps fetched values, encrypted, for the next start and for the other
     * processes of this host, of which then only one refreshes. Values are written in the background soon after they
     * arrive; closing the client waits for that for at most two seconds. Beside it stays one lock file, whose name ends
     * with {@code .lock}. A file of another user is not used. It needs {@code cache_secret} or {@code cache_key_file}.
     * Several sources and programs may share the file. The login identity is not part of the key of a value: programs
     * of two accounts that have secrets with the same name need different files.
     */
    public final T cacheFile(String value) {
        return option("cache_file", value);
    }

    /**
     * The option {@code cache_secret}. A long random text, of at least 16 bytes, from which the key of {@code
     * cache_file} is derived. Store it separately from that file. The value is a secret.
     */
    public final T cacheSecret(String value) {
        return option("cache_secret", value);
    }

    /**
     * The option {@code cache_key_file}. A file of at most 64 KiB whose bytes replace {@code cache_secret}; a trailing
     * line break counts. Only its owner and group may have access to it.
     */
    public final T cacheKeyFile(String value) {
        return option("cache_key_file", value);
    }

    /**
     * The option {@code connect_timeout_ms}. How long establishing a connection may take, TLS included. This option,
     * {@code proxy}, {@code no_proxy} and {@code ca_file} apply to all requests of a source, its login included:
     * sources that differ in one of them do not share a login identity. In whole milliseconds. From 1 to 600000.
     * Default: {@code 5000}.
     */
    public final T connectTimeout(Duration value) {
        return option("connect_timeout_ms", millis("connect_timeout_ms", value));
    }

    /**
     * The option {@code total_timeout_ms}. How long one refresh may take in total, and how long a {@code get} with a
     * negative timeout waits. In whole milliseconds. From 1 to 600000. Default: {@code 30000}.
     */
    public final T totalTimeout(Duration value) {
        return option("total_timeout_ms", millis("total_timeout_ms", value));
    }

    /**
     * The option {@code proxy}. {@code environment} (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY), {@code none}, or
     * the URL of a proxy, with {@code user:password@} if it needs them. Requests to a metadata service never use a
     * proxy. Default: {@code environment}.
     */
    public final T proxy(String value) {
        return option("proxy", value);
    }

    /**
     * The option {@code no_proxy}. Hosts, domains and networks, separated by commas, that are reached without the proxy
     * of {@code proxy}.
     */
    public final T noProxy(String value) {
        return option("no_proxy", value);
    }

    /** The option {@code ca_file}. A file of CA certificates (PEM) that replace those of the system. */
    public final T caFile(String value) {
        return option("ca_file", value);
    }

    /**
     * The option {@code tencent_endpoint}. The host (or host:port) of CAM, instead of the host of {@code
     * tencent_root_domain}, {@code tencent_network} and {@code tencent_regional_endpoint}.
     */
    public final T tencentEndpoint(String value) {
        return option("tencent_endpoint", value);
    }

    /**
     * The option {@code tencent_root_domain}. The domain of the endpoints, such as {@code intl.tencentcloudapi.com} for
     * the international site. Default: {@code tencentcloudapi.com}.
     */
    public final T tencentRootDomain(String value) {
        return option("tencent_root_domain", value);
    }

    /**
     * The option {@code tencent_network}. {@code internal} uses {@code cam.internal.<root domain>}, which is reachable
     * only from within Tencent Cloud. Default: {@code public}.
     */
    public final T tencentNetwork(Choices.TencentNetwork value) {
        return option("tencent_network", value.text());
    }

    /**
     * The option {@code tencent_regional_endpoint}. Whether to use {@code cam.<region>.<root domain>}, with the region
     * of the database, and {@code sts.<region>.<root domain>}. Default: {@code false}.
     */
    public final T tencentRegionalEndpoint(boolean value) {
        return option("tencent_regional_endpoint", Boolean.toString(value));
    }

    /**
     * The option {@code tencent_scheme}. {@code http} sends requests without encryption: for tests only. Default:
     * {@code https}.
     */
    public final T tencentScheme(Choices.TencentScheme value) {
        return option("tencent_scheme", value.text());
    }

    /** The option {@code tencent_sign_method}. The signature method of requests. Default: {@code TC3-HMAC-SHA256}. */
    public final T tencentSignMethod(Choices.TencentSignMethod value) {
        return option("tencent_sign_method", value.text());
    }

    /** The option {@code tencent_language}. The language of the service's messages. Default: {@code en-US}. */
    public final T tencentLanguage(Choices.TencentLanguage value) {
        return option("tencent_language", value.text());
    }

    /**
     * The option {@code tencent_identity}. The login identity, which signs requests. {@code auto} uses the first that
     * applies: {@code assume_role} if {@code tencent_role_arn} is set and {@code tencent_oidc_provider_id} is not,
     * {@code callback} if the program has set one, {@code static} if an id or key is set, otherwise {@code chain}.
     * {@code chain} tries environment (TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, TENCENTCLOUD_TOKEN or
     * TENCENTCLOUD_SECURITY_TOKEN), profile, cvm_role and oidc (TKE) in this order, as the official SDK, and at last
     * the profile of the command line, {@code ~/.tccli/<profile>.credential}. The identity that worked is left only
     * when it is known to be gone, not when it cannot be read; those before it are tried again at each renewal, and
     * every five minutes if its key has no end. A file that exists and cannot be used, as one that is half written, is
     * left only until it can be used. Default: {@code auto}.
     */
    public final T tencentIdentity(Choices.TencentIdentity value) {
        return option("tencent_identity", value.text());
    }

    /** The option {@code tencent_secret_id}. The id of a static key. */
    public final T tencentSecretId(String value) {
        return option("tencent_secret_id", value);
    }

    /** The option {@code tencent_secret_key}. The secret of a static key. The value is a secret. */
    public final T tencentSecretKey(String value) {
        return option("tencent_secret_key", value);
    }

    /** The option {@code tencent_session_token}. The session token of a temporary static key. The value is a secret. */
    public final T tencentSessionToken(String value) {
        return option("tencent_session_token", value);
    }

    /**
     * The option {@code tencent_profile}. The section in the profile file. If it is set, also the profile of the
     * command line, instead of TCCLI_PROFILE. Default: {@code default}.
     */
    public final T tencentProfile(String value) {
        return option("tencent_profile", value);
    }

    /**
     * The option {@code tencent_credentials_file}. The profile file, instead of TENCENTCLOUD_CREDENTIALS_FILE, {@code
     * ~/.tencentcloud/credentials} and {@code /etc/tencentcloud/credentials}.
     */
    public final T tencentCredentialsFile(String value) {
        return option("tencent_credentials_file", value);
    }

    /**
     * The option {@code tencent_cvm_role_name}. The role of the CVM instance. If it is not set, the metadata service
     * returns its name.
     */
    public final T tencentCvmRoleName(String value) {
        return option("tencent_cvm_role_name", value);
    }

    /**
     * The option {@code tencent_metadata_endpoint}. The host of the metadata service. Default: {@code
     * metadata.tencentyun.com}.
     */
    public final T tencentMetadataEndpoint(String value) {
        return option("tencent_metadata_endpoint", value);
    }

    /**
     * The option {@code tencent_sts_endpoint}. The host (or host:port) of STS, instead of {@code sts.<root domain>}, or
     * {@code sts.internal.<root domain>}.
     */
    public final T tencentStsEndpoint(String value) {
        return option("tencent_sts_endpoint", value);
    }

    /**
     * The option {@code tencent_sts_region}. The region of STS, instead of TKE_REGION or the region of the database. If
     * it is not set, a login identity that is opened by itself uses {@code ap-guangzhou}.
     */
    public final T tencentStsRegion(String value) {
        return option("tencent_sts_region", value);
    }

    /**
     * The option {@code tencent_role_arn}. The role to assume, instead of TENCENTCLOUD_ROLE_ARN, which {@code
     * assume_role} uses; for the identity {@code oidc} it replaces TKE_ROLE_ARN.
     */
    public final T tencentRoleArn(String value) {
        return option("tencent_role_arn", value);
    }

    /**
     * The option {@code tencent_role_session_name}. The name of the role session, instead of
     * TENCENTCLOUD_ROLE_SESSION_NAME. If neither is set, it is {@code evercred-} and a time.
     */
    public final T tencentRoleSessionName(String value) {
        return option("tencent_role_session_name", value);
    }

    /**
     * The option {@code tencent_role_duration_s}. The duration of the role session, in seconds. In whole seconds. From
     * 1 to 43200. Default: {@code 7200}.
     */
    public final T tencentRoleDuration(Duration value) {
        return option("tencent_role_duration_s", seconds("tencent_role_duration_s", value));
    }

    /** The option {@code tencent_role_external_id}. The external id that the role requires. */
    public final T tencentRoleExternalId(String value) {
        return option("tencent_role_external_id", value);
    }

    /** The option {@code tencent_role_policy}. A policy (JSON) that restricts the permissions of the role. */
    public final T tencentRolePolicy(String value) {
        return option("tencent_role_policy", value);
    }

    /**
     * The option {@code tencent_role_base_identity}. The identity that assumes the role. {@code auto}: {@code callback}
     * if the program has set one, {@code static} if an id or key is set, otherwise {@code chain}. Default: {@code
     * auto}.
     */
    public final T tencentRoleBaseIdentity(Choices.TencentRoleBaseIdentity value) {
        return option("tencent_role_base_identity", value.text());
    }

    /** The option {@code tencent_oidc_provider_id}. The id of the identity provider, instead of TKE_PROVIDER_ID. */
    public final T tencentOidcProviderId(String value) {
        return option("tencent_oidc_provider_id", value);
    }

    /**
     * The option {@code tencent_oidc_token_file}. The file with the web identity token, instead of
     * TKE_WEB_IDENTITY_TOKEN_FILE. It is read again for each exchange.
     */
    public final T tencentOidcTokenFile(String value) {
        return option("tencent_oidc_token_file", value);
    }

    /**
     * The option {@code fallback_file}. A file with the password, one line of at most 200 bytes. It is read if the
     * cloud cannot be asked (no connection, a temporary failure, no login identity) and there is no usable token.
     */
    public final T fallbackFile(String value) {
        return option("fallback_file", value);
    }

    /**
     * The option {@code fallback_dir}. A directory with password files, named {@code <region>_<instance>_<user>.pwd}.
     * The directories of the official SDKs below the working directory are searched too.
     */
    public final T fallbackDir(String value) {
        return option("fallback_dir", value);
    }

    /**
     * The option {@code aliyun_region}. The region of KMS, such as {@code cn-hangzhou}. The host is {@code
     * kms.<region>.aliyuncs.com}.
     */
    public final T aliyunRegion(String value) {
        return option("aliyun_region", value);
    }

    /**
     * The option {@code aliyun_network}. {@code vpc} uses {@code kms-vpc.<region>.aliyuncs.com}, which is reachable
     * only from within a VPC. Default: {@code public}.
     */
    public final T aliyunNetwork(Choices.AliyunNetwork value) {
        return option("aliyun_network", value.text());
    }

    /**
     * The option {@code aliyun_kms_endpoint}. The host (or host:port) of KMS, for example of an instance gateway,
     * instead of the host of {@code aliyun_region} and {@code aliyun_network}.
     */
    public final T aliyunKmsEndpoint(String value) {
        return option("aliyun_kms_endpoint", value);
    }

    /**
     * The option {@code aliyun_scheme}. {@code http} sends requests without encryption: for tests only. Default: {@code
     * https}.
     */
    public final T aliyunScheme(Choices.AliyunScheme value) {
        return option("aliyun_scheme", value.text());
    }

    /**
     * The option {@code aliyun_signature}. The signature of requests: {@code acs3} is ACS3-HMAC-SHA256, {@code rpc} is
     * the HMAC-SHA1 of RPC. Default: {@code acs3}.
     */
    public final T aliyunSignature(Choices.AliyunSignature value) {
        return option("aliyun_signature", value.text());
    }

    /**
     * The option {@code aliyun_version_stage}. The stage of the secret's version to fetch. Default: {@code ACSCurrent}.
     */
    public final T aliyunVersionStage(String value) {
        return option("aliyun_version_stage", value);
    }

    /**
     * The option {@code aliyun_ca_file}. A file of CA certificates (PEM) for KMS, such as the private CA of a KMS
     * instance gateway. They replace those of the system and of {@code ca_file}, also for {@code aliyun_regions}.
     */
    public final T aliyunCaFile(String value) {
        return option("aliyun_ca_file", value);
    }

    /**
     * The option {@code aliyun_regions}. Several backends, instead of {@code aliyun_region} and {@code
     * aliyun_kms_endpoint}: a JSON list of objects with {@code regionId}, {@code endpoint}, {@code vpc}, {@code
     * caFilePath}, {@code protocol} ({@code https} or {@code http}, by default {@code aliyun_scheme}), {@code
     * connectTimeout} and {@code readTimeout} (ms). An object with {@code clientKeyFile} is an instance of dedicated
     * KMS, which uses that key instead of the login identity. It may have {@code password}, {@code passwordVariable} or
     * {@code passwordFile}; otherwise the password is in {@code aliyun_client_key_password}, {@code
     * aliyun_client_key_password_file} or the environment variable {@code client_key_password}. It may have {@code
     * ignoreSslCerts}, which accepts any certificate: for tests only, and shown in the log and in the status. The first
     * backend is asked alone, the others only if it has a temporary failure or is slow. A failed backend is not asked
     * for a while (up to 15 minutes), and one that is much slower than another is asked later; otherwise the order of
     * the list applies. At most 32 backends. The value is a secret.
     */
    public final T aliyunRegions(String value) {
        return option("aliyun_regions", value);
    }

    /**
     * The option {@code config_generation}. How an official configuration that is loaded afterwards is read: {@code v1}
     * as by the first generation of the official client, {@code v2} as by the second ({@code
     * alibabacloud-secretsmanager-client-v2}), {@code auto} as by the generation that supports its {@code
     * credentials_type}. Default: {@code auto}.
     */
    public final T configGeneration(Choices.ConfigGeneration value) {
        return option("config_generation", value.text());
    }

    /**
     * The option {@code aliyun_hedge_after_ms}. How long the first of several backends may take before the others are
     * asked too; at most half of {@code total_timeout_ms}. In whole milliseconds. From 1 to 600000. Default: {@code
     * 2000}.
     */
    public final T aliyunHedgeAfter(Duration value) {
        return option("aliyun_hedge_after_ms", millis("aliyun_hedge_after_ms", value));
    }

    /**
     * The option {@code aliyun_import_cache_dir}. The directory in which the official client of either generation keeps
     * its encrypted secrets. It is read, never written, while KMS cannot be reached and there is no other value.
     */
    public final T aliyunImportCacheDir(String value) {
        return option("aliyun_import_cache_dir", value);
    }

    /**
     * The option {@code aliyun_import_cache_salt}. The salt with which the files of {@code aliyun_import_cache_dir}
     * were written. The value is a secret.
     */
    public final T aliyunImportCacheSalt(String value) {
        return option("aliyun_import_cache_salt", value);
    }

    /**
     * The option {@code aliyun_identity}. The login identity, which signs requests. {@code auto} uses the first that
     * applies: {@code client_key} if {@code aliyun_client_key_file} is set, {@code oidc} if {@code
     * aliyun_oidc_provider_arn} is set, {@code ram_role} if {@code aliyun_role_arn} is set, {@code callback} if the
     * program has set one, {@code static} if an access key is set, otherwise {@code chain}. {@code chain} tries the
     * identities of the official SDK in the same order, and the status says why each was skipped. The identity that
     * worked is left only when it is known to be gone, not when it cannot be read; those before it are tried again at
     * each renewal, and every five minutes if its key has no end. A file that exists and cannot be used, as one that is
     * half written, is left only until it can be used. Default: {@code auto}.
     */
    public final T aliyunIdentity(Choices.AliyunIdentity value) {
        return option("aliyun_identity", value.text());
    }

    /** The option {@code aliyun_access_key_id}. The id of a static access key. */
    public final T aliyunAccessKeyId(String value) {
        return option("aliyun_access_key_id", value);
    }

    /** The option {@code aliyun_access_key_secret}. The secret of a static access key. The value is a secret. */
    public final T aliyunAccessKeySecret(String value) {
        return option("aliyun_access_key_secret", value);
    }

    /**
     * The option {@code aliyun_security_token}. The session token of a temporary static access key. The value is a
     * secret.
     */
    public final T aliyunSecurityToken(String value) {
        return option("aliyun_security_token", value);
    }

    /**
     * The option {@code aliyun_role_arn}. The RAM role to assume, instead of ALIBABA_CLOUD_ROLE_ARN, which {@code
     * ram_role} and {@code oidc} use. Of several roles, separated by commas, each assumes the next, and the last one
     * signs; with {@code oidc} the token is exchanged for the first.
     */
    public final T aliyunRoleArn(String value) {
        return option("aliyun_role_arn", value);
    }

    /**
     * The option {@code aliyun_role_session_name}. The name of the role session, instead of
     * ALIBABA_CLOUD_ROLE_SESSION_NAME. If neither is set, it is {@code evercred-} and a time.
     */
    public final T aliyunRoleSessionName(String value) {
        return option("aliyun_role_session_name", value);
    }

    /**
     * The option {@code aliyun_role_duration_s}. The session duration of the (last) role, in seconds. A role that is
     * assumed by another role gets at most one hour from the service. In whole seconds. From 900 to 43200. Default:
     * {@code 3600}.
     */
    public final T aliyunRoleDuration(Duration value) {
        return option("aliyun_role_duration_s", seconds("aliyun_role_duration_s", value));
    }

    /**
     * The option {@code aliyun_role_external_id}. The external id that the role requires. Several roles all get the
     * same one.
     */
    public final T aliyunRoleExternalId(String value) {
        return option("aliyun_role_external_id", value);
    }

    /** The option {@code aliyun_role_policy}. A policy (JSON) that restricts the permissions of the (last) role. */
    public final T aliyunRolePolicy(String value) {
        return option("aliyun_role_policy", value);
    }

    /**
     * The option {@code aliyun_role_base_identity}. The identity that assumes the role. {@code auto}: {@code callback}
     * if the program has set one, {@code static} if an access key is set, otherwise {@code chain}. Default: {@code
     * auto}.
     */
    public final T aliyunRoleBaseIdentity(Choices.AliyunRoleBaseIdentity value) {
        return option("aliyun_role_base_identity", value.text());
    }

    /**
     * The option {@code aliyun_sts_endpoint}. The host (or host:port) of STS, instead of {@code
     * sts.<region>.aliyuncs.com}.
     */
    public final T aliyunStsEndpoint(String value) {
        return option("aliyun_sts_endpoint", value);
    }

    /**
     * The option {@code aliyun_sts_region}. The region of STS, instead of ALIBABA_CLOUD_STS_REGION. If neither is set,
     * the host is {@code sts.aliyuncs.com}.
     */
    public final T aliyunStsRegion(String value) {
        return option("aliyun_sts_region", value);
    }

    /**
     * The option {@code aliyun_sts_network}. {@code vpc} uses {@code sts-vpc.<region>.aliyuncs.com}. {@code auto} is
     * {@code vpc} if ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED is {@code true}, otherwise {@code public}. Default: {@code
     * auto}.
     */
    public final T aliyunStsNetwork(Choices.AliyunStsNetwork value) {
        return option("aliyun_sts_network", value.text());
    }

    /**
     * The option {@code aliyun_oidc_provider_arn}. The ARN of the identity provider, instead of
     * ALIBABA_CLOUD_OIDC_PROVIDER_ARN.
     */
    public final T aliyunOidcProviderArn(String value) {
        return option("aliyun_oidc_provider_arn", value);
    }

    /**
     * The option {@code aliyun_oidc_token_file}. The file with the OIDC token, instead of
     * ALIBABA_CLOUD_OIDC_TOKEN_FILE. It is read again for each exchange.
     */
    public final T aliyunOidcTokenFile(String value) {
        return option("aliyun_oidc_token_file", value);
    }

    /**
     * The option {@code aliyun_ecs_role_name}. The RAM role of the ECS instance, instead of ALIBABA_CLOUD_ECS_METADATA.
     * If neither is set, the metadata service returns its name. ALIBABA_CLOUD_ECS_METADATA_DISABLED disables the role
     * in {@code chain} and {@code profile}.
     */
    public final T aliyunEcsRoleName(String value) {
        return option("aliyun_ecs_role_name", value);
    }

    /**
     * The option {@code aliyun_metadata_endpoint}. The host of the metadata service. Default: {@code 100.100.100.200}.
     */
    public final T aliyunMetadataEndpoint(String value) {
        return option("aliyun_metadata_endpoint", value);
    }

    /**
     * The option {@code aliyun_metadata_v1}. Whether requests to the metadata service may have no token (version 1) if
     * it issues none. {@code auto} is {@code off} if ALIBABA_CLOUD_IMDSV1_DISABLED or ALIBABA_CLOUD_IMDSV1_DISABLE is
     * {@code true}, otherwise {@code on}. Default: {@code auto}.
     */
    public final T aliyunMetadataV1(Choices.AliyunMetadataV1 value) {
        return option("aliyun_metadata_v1", value.text());
    }

    /**
     * The option {@code aliyun_credentials_uri}. The URL (http or https) that returns keys, instead of
     * ALIBABA_CLOUD_CREDENTIALS_URI. Messages show its host only.
     */
    public final T aliyunCredentialsUri(String value) {
        return option("aliyun_credentials_uri", value);
    }

    /**
     * The option {@code aliyun_process_command}. The program that prints keys as JSON ({@code mode} AK or StsToken,
     * {@code access_key_id}, {@code access_key_secret}, {@code sts_token}, {@code expiration}), with its arguments. It
     * runs without a shell: white space separates arguments, single and double quotes group characters, and a backslash
     * escapes the next character (within double quotes only a quote or a backslash, within single quotes nothing).
     */
    public final T aliyunProcessCommand(String value) {
        return option("aliyun_process_command", value);
    }

    /**
     * The option {@code aliyun_process_timeout_ms}. How long the program of {@code aliyun_process_command} may run
     * before it is killed. In whole milliseconds. From 1 to 600000. Default: {@code 60000}.
     */
    public final T aliyunProcessTimeout(Duration value) {
        return option("aliyun_process_timeout_ms", millis("aliyun_process_timeout_ms", value));
    }

    /**
     * The option {@code aliyun_credentials_file}. The profile file, instead of ALIBABA_CLOUD_CREDENTIALS_FILE and
     * {@code ~/.alibabacloud/credentials} (or {@code credentials.ini} there). The identity {@code profile} reads it
     * after the file of {@code aliyun_config_file}; if only one of the two options is set, it reads that file only.
     */
    public final T aliyunCredentialsFile(String value) {
        return option("aliyun_credentials_file", value);
    }

    /**
     * The option {@code aliyun_config_file}. The configuration file of the vendor's command line, instead of
     * ALIBABA_CLOUD_CONFIG_FILE and {@code ~/.aliyun/config.json}. Profiles of modes with an interactive login
     * (CloudSSO, OAuth) are refused. ALIBABA_CLOUD_CLI_PROFILE_DISABLED disables the file.
     */
    public final T aliyunConfigFile(String value) {
        return option("aliyun_config_file", value);
    }

    /**
     * The option {@code aliyun_profile}. The profile in the files of {@code aliyun_config_file} and {@code
     * aliyun_credentials_file}, instead of ALIBABA_CLOUD_PROFILE, the file's current profile and {@code default}.
     */
    public final T aliyunProfile(String value) {
        return option("aliyun_profile", value);
    }

    /**
     * The option {@code aliyun_client_key_file}. The file of a client key, which signs instead of an access key. It is
     * read again if the service rejects the key.
     */
    public final T aliyunClientKeyFile(String value) {
        return option("aliyun_client_key_file", value);
    }

    /**
     * The option {@code aliyun_client_key_password}. The password of the file {@code aliyun_client_key_file}. The value
     * is a secret.
     */
    public final T aliyunClientKeyPassword(String value) {
        return option("aliyun_client_key_password", value);
    }

    /**
     * The option {@code aliyun_client_key_password_file}. A file with the password of {@code aliyun_client_key_file}.
     * If neither password option is set, the environment variable {@code client_key_password} has it.
     */
    public final T aliyunClientKeyPasswordFile(String value) {
        return option("aliyun_client_key_password_file", value);
    }
}
