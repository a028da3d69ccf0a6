package dev.evercred;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/**
 * A snapshot of a source's value: a plain immutable value with nothing to close. A rotation makes a new one.
 *
 * <p>{@link #toString()} shows no secret, and the class cannot be serialised by Java. Secrets are transient fields
 * without getters of the Bean form, so that libraries which write objects as JSON leave them out. Java cannot wipe a
 * string: a secret stays in memory until the collector has reused its place.
 */
public final class Credential {
    private final Kind kind;
    private final String username;
    private final String accessKeyId;
    private final String versionId;
    private final long generation;
    private final Origin origin;
    private final State state;
    private final long expiresAtMs;
    private final long renewAtMs;
    private final transient String password;
    private final transient String accessKeySecret;
    private final transient String securityToken;
    private final transient byte[] secretValue;

    /** Copies a credential of C. */
    private Credential(long credential) {
        kind = Kind.of(Native.credentialKind(credential));
        username = Texts.of(Native.credentialUsername(credential));
        password = Texts.of(Native.credentialPassword(credential));
        accessKeyId = Texts.of(Native.credentialAccessKeyId(credential));
        accessKeySecret = Texts.of(Native.credentialAccessKeySecret(credential));
        securityToken = Texts.of(Native.credentialSecurityToken(credential));
        secretValue = Native.credentialSecretValue(credential);
        versionId = Texts.of(Native.credentialVersionId(credential));
        generation = Native.credentialGeneration(credential);
        origin = Origin.of(Native.credentialOrigin(credential));
        state = State.of(Native.credentialState(credential));
        expiresAtMs = Native.credentialExpiresAtMs(credential);
        renewAtMs = Native.credentialRenewAtMs(credential);
    }

    static Credential read(long credential) {
        return new Credential(credential);
    }

    /** What it holds. */
    public Kind kind() {
        return kind;
    }

    /** The user name to log in with; empty if there is none. */
    public String username() {
        return username;
    }

    /** The password to log in with, a secret; empty if there is none. The official Tencent SDK calls it the token. */
    public String password() {
        return password;
    }

    /** The password in a new array, which the caller may wipe. */
    public char[] passwordChars() {
        return password.toCharArray();
    }

    /** The id of the access key; empty if there is none. */
    public String accessKeyId() {
        return accessKeyId;
    }

    /** The secret of the access key; empty if there is none. */
    public String accessKeySecret() {
        return accessKeySecret;
    }

    /** The session token of a temporary access key, a secret; empty if there is none. */
    public String securityToken() {
        return securityToken;
    }

    /** The bytes of a secret of kind TEXT or BINARY, in a new array; empty if there are none. */
    public byte[] secretValue() {
        return secretValue.clone();
    }

    /** The {@link #secretValue()} as a UTF-8 text. */
    public String secretText() {
        return new String(secretValue, StandardCharsets.UTF_8);
    }

    /** The service's id of this version of the secret; empty if there is none. */
    public String versionId() {
        return versionId;
    }

    /**
     * The source's generation to which it belongs. It grows with every change, is never used twice in a process, and
     * is no secret.
     */
    public long generation() {
        return generation;
    }

    /** Where the value came from. */
    public Origin origin() {
        return origin;
    }

    /** The state of the value when it was returned. For the present state see {@link Source#status()}. */
    public State state() {
        return state;
    }

    /** When the value expires, by this machine's wall clock, if the cloud says it. It can end earlier. */
    public Optional<Instant> expiresAt() {
        return instant(expiresAtMs);
    }

    /** When its renewal is due, by this machine's wall clock; empty if it is renewed only on request. */
    public Optional<Instant> renewAt() {
        return instant(renewAtMs);
    }

    static Optional<Instant> instant(long ms) {
        return ms == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(ms));
    }

    /** Whether it is the same snapshot: a generation is never used twice in a process. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Credential && ((Credential) other).generation == generation;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(generation);
    }

    /** Everything but the secrets. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder("Credential{kind=").append(kind);
        if (!username.isEmpty()) {
            out.append(", username=").append(username);
        }
        if (!accessKeyId.isEmpty()) {
            out.append(", accessKeyId=").append(accessKeyId);
        }
        if (!versionId.isEmpty()) {
            out.append(", versionId=").append(versionId);
        }
        out.append(", generation=").append(generation).append(", state=").append(state);
        out.append(", origin=").append(origin);
        expiresAt().ifPresent(at -> out.append(", expiresAt=").append(at));
        return out.append('}').toString();
    }
}
