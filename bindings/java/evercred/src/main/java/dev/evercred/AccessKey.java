package dev.evercred;

import java.time.Instant;
import java.util.Objects;

/** An access key that an {@link IdentitySupplier} supplies. Immutable; its texts do not show the secret. */
public final class AccessKey {
    private final String id;
    private final transient String secret;
    private final transient String securityToken;
    private final Instant expiresAt;

    private AccessKey(String id, String secret, String securityToken, Instant expiresAt) {
        this.id = Objects.requireNonNull(id, "id");
        this.secret = Objects.requireNonNull(secret, "secret");
        this.securityToken = securityToken;
        this.expiresAt = expiresAt;
    }

    /** A long-term key. It is asked for again after 15 minutes. */
    public static AccessKey of(String id, String secret) {
        return new AccessKey(id, secret, "", null);
    }

    /** A temporary key, which is asked for again before it expires. */
    public static AccessKey temporary(String id, String secret, String securityToken, Instant expiresAt) {
        return new AccessKey(
                id,
                secret,
                Objects.requireNonNull(securityToken, "securityToken"),
                Objects.requireNonNull(expiresAt, "expiresAt"));
    }

    /** Hands the key to the library. */
    void give(long identity) {
        byte[] secretBytes = Texts.utf8("secret", secret);
        byte[] token = Texts.utf8("securityToken", securityToken);
        long end = expiresAt == null ? 0 : expiresAt.toEpochMilli();
        EvercredException.check(Native.identitySetKey(identity, Texts.utf8("id", id), secretBytes, token, end));
    }

    /** The id of the key and when it expires. */
    @Override
    public String toString() {
        return "AccessKey{id=" + id + ", expiresAt=" + expiresAt + "}";
    }
}
