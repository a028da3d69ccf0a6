package dev.evercred;

/**
 * The values of options that are a choice.
 *
 * <p>Generated from abi/options.json by dev.evercred.generator.Generator.
 */
public final class Choices {
    private Choices() {}

    /** The values of the option {@code refresh}. */
    public enum Refresh {
        /** {@code background}. */
        BACKGROUND("background"),
        /** {@code lazy}. */
        LAZY("lazy");

        private final String text;

        Refresh(String text) {
            this.text = text;
        }

        /** The text of the value. */
        public String text() {
            return text;
        }
    }

    /** The values of the option {@code prefetch}. */
    public enum Prefetch {
        /** {@code off}. */
        OFF("off"),
        /** {@code on}. */
        ON("on");

        private final String text;

        Prefetch(String text) {
            this.text = text;
        }

        /** The text of the value. */
        public String text() {
            return text;
        }
    }

    /** The values of the option {@code tencent_network}. */
    public enum TencentNetwork {
        /** {@code public}. */
        PUBLIC("public"),
        /** {@code internal}. */
        INTERNAL("internal");

        private final String text;

        TencentNetwork(String text) {
            this.text = text;
        }

        /** The text of the value. */
        public String text() {
            return text;
        }
    }

    /** The values of the option {@code tencent_scheme}. */
    public enum TencentScheme {
        /** {@code https}. */
        HTTPS("https"),
        /** {@code http}. */
        HTTP("http");

        private final String text;

        TencentScheme(String text) {
            this.text = text;
        }

        /** The text of the value. */
        public String text() {
            return text;
        }
    }

    /** The values of the option {@code tencent_sign_method}. */
    public enum TencentSignMethod {
        /** {@code TC3-HMAC-SHA256}. */
        TC3_HMAC_SHA256("TC3-HMAC-SHA256"),
        /** {@code HmacSHA256}. */
        HMAC_SHA256("HmacSHA256"),
        /** {@code HmacSHA1}. */
        HMAC_SHA1("HmacSHA1");

        private final String text;

        TencentSignMethod(String text) {
            this.text = text;
        }

        /** The text of the value. */
        public String text() {
            return text;
        }
    }

    /** The values of the option {@code tencent_language}. */
    public enum TencentLanguage {
        /** {@code zh-CN}. */
        ZH_CN("zh-CN"),
        /** {@code en-US}. */
        EN_US("en-US");

        private final String text;

        TencentLanguage(String text) {
            this.text = text;
        }

        /** The text of the value. */
        public String text() {
            return text;
        }
    }

    /** The values of the option {@code tencent_identity}. */
    public enum TencentIdentity {
        /** {@code auto}. */
        AUTO("auto"),
        /** {@code static}. */
        STATIC("static"),
        /** {@code environment}. */
        ENVIRONMENT("environment"),
        /** {@code profile}. */
        PROFILE("profile"),
        /** {@code cvm_role}. */
        CVM_ROLE("cvm_role"),
        /** {@code oidc}. */
        OIDC("oidc"),
        /** {@code assume_role}. */
        ASSUME_ROLE("assume_role"),
        /** {@code callback}. */
        CALLBACK("callback"),
        /** {@code chain}. */
        CHAIN("chain");

        private final String text;

        TencentIdentity(String text) {
            this.text = text;
        }

        /** The text of the value. */
        public String text() {
            return text;
        }
    }

    /** The values of the option {@code tencent_role_base_identity}. */
    public enum TencentRoleBaseIdentity {
        /** {@code auto}. */
        AUTO("auto"),
        /** {@code static}. */
        STATIC("static"),
        /** {@code environment}. */
        ENVIRONMENT("environment"),
        /** {@code profile}. */
        PROFILE("profile"),
        /** {@code cvm_role}. */
        CVM_ROLE("cvm_role"),
        /** {@code oidc}. */
        OIDC("oidc"),
        /** {@code callback}. */
        CALLBACK("callback"),
        /** {@code chain}. */
        CHAIN("chain");

        private final String text;

        TencentRoleBaseIdentity(String text) {
            this.text = text;
        }

        /** The text of the value. */
        public String text() {
            return text;
        }
    }

    /** The values of the option {@code aliyun_network}. */
    public enum AliyunNetwork {
        /** {@code public}. */
        PUBLIC("public"),
        /** {@code vpc}. */
        VPC("vpc");

        private final String text;

        AliyunNetwork(String text) {
            this.text = text;
        }

        /** The text of the value. */
        public String text() {
            return text;
        }
    }

    /** The values of the option {@code aliyun_scheme}. */
    public enum AliyunScheme {
        /** {@code https}. */
        HTTPS("https"),
        /** {@code http}. */
        HTTP("http");

        private final String text;

        AliyunScheme(String text) {
            this.text = text;
        }

        /** The text of the value. */
        public String text() {
            return text;
        }
    }

    /** The values of the option {@code aliyun_signature}. */
    public enum AliyunSignature {
        /** {@code acs3}. */
        ACS3("acs3"),
        /** {@code rpc}. */
        RPC("rpc");

        private final String text;

        AliyunSignature(String text) {
            this.text = text;
        }

        /** The text of the value. */
        public String text() {
            return text;
        }
    }

    /** The values of the option {@code config_generation}. */
    public enum ConfigGeneration {
        /** {@code auto}. */
        AUTO("auto"),
        /** {@code v1}. */
        V1("v1"),
        /** {@code v2}. */
        V2("v2");

        private final String text;

        ConfigGeneration(String text) {
            this.text = text;
        }

        /** The text of the value. */
        public String text() {
            return text;
        }
    }

    /** The values of the option {@code aliyun_identity}. */
    public enum AliyunIdentity {
        /** {@code auto}. */
        AUTO("auto"),
        /** {@code static}. */
        STATIC("static"),
        /** {@code environment}. */
        ENVIRONMENT("environment"),
        /** {@code profile}. */
        PROFILE("profile"),
        /** {@code ram_role}. */
        RAM_ROLE("ram_role"),
        /** {@code ecs_ram_role}. */
        ECS_RAM_ROLE("ecs_ram_role"),
        /** {@code oidc}. */
        OIDC("oidc"),
        /** {@code credentials_uri}. */
        CREDENTIALS_URI("credentials_uri"),
        /** {@code process}. */
        PROCESS("process"),
        /** {@code client_key}. */
        CLIENT_KEY("client_key"),
        /** {@code callback}. */
        CALLBACK("callback"),
        /** {@code chain}. */
        CHAIN("chain");

        private final String text;

        AliyunIdentity(String text) {
            this.text = text;
        }

        /** The text of the value. */
        public String text() {
            return text;
        }
    }

    /** The values of the option {@code aliyun_role_base_identity}. */
    public enum AliyunRoleBaseIdentity {
        /** {@code auto}. */
        AUTO("auto"),
        /** {@code static}. */
        STATIC("static"),
        /** {@code environment}. */
        ENVIRONMENT("environment"),
        /** {@code profile}. */
        PROFILE("profile"),
        /** {@code ecs_ram_role}. */
        ECS_RAM_ROLE("ecs_ram_role"),
        /** {@code oidc}. */
        OIDC("oidc"),
        /** {@code credentials_uri}. */
        CREDENTIALS_URI("credentials_uri"),
        /** {@code process}. */
        PROCESS("process"),
        /** {@code callback}. */
        CALLBACK("callback"),
        /** {@code chain}. */
        CHAIN("chain");

        private final String text;

        AliyunRoleBaseIdentity(String text) {
            this.text = text;
        }

        /** The text of the value. */
        public String text() {
            return text;
        }
    }

    /** The values of the option {@code aliyun_sts_network}. */
    public enum AliyunStsNetwork {
        /** {@code auto}. */
        AUTO("auto"),
        /** {@code public}. */
        PUBLIC("public"),
        /** {@code vpc}. */
        VPC("vpc");

        private final String text;

        AliyunStsNetwork(String text) {
            this.text = text;
        }

        /** The text of the value. */
        public String text() {
            return text;
        }
    }

    /** The values of the option {@code aliyun_metadata_v1}. */
    public enum AliyunMetadataV1 {
        /** {@code auto}. */
        AUTO("auto"),
        /** {@code on}. */
        ON("on"),
        /** {@code off}. */
        OFF("off");

        private final String text;

        AliyunMetadataV1(String text) {
            this.text = text;
        }

        /** The text of the value. */
        public String text() {
            return text;
        }
    }
}
