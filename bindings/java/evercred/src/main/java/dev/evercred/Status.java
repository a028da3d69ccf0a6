package dev.evercred;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The status of a source at one moment. Immutable; it holds no secret. Times are by this machine's wall clock. */
public final class Status {
    private final State state;
    private final Origin origin;
    private final long expiresAtMs;
    private final long renewAtMs;
    private final long nextRefreshAtMs;
    private final long lastSuccessAtMs;
    private final long consecutiveFailures;
    private final EvercredException lastError;
    private final long generation;
    private final long fetches;
    private final long rejections;
    private final long clockSkewMs;
    private final long lastRotationDurationMs;
    private final long nextRotationAtMs;
    private final long rotationIntervalMs;
    private final long generatedAtMs;
    private final boolean tlsVerified;
    private final boolean rotationOverdue;
    private final String rotationStatus;
    private final String identityExplanation;

    private Status(long status) {
        state = State.of(Native.statusState(status));
        origin = Origin.of(Native.statusOrigin(status));
        expiresAtMs = Native.statusExpiresAtMs(status);
        renewAtMs = Native.statusRenewAtMs(status);
        nextRefreshAtMs = Native.statusNextRefreshAtMs(status);
        lastSuccessAtMs = Native.statusLastSuccessAtMs(status);
        consecutiveFailures = Native.statusConsecutiveFailures(status);
        long error = Native.statusLastError(status);
        lastError = error == 0 ? null : EvercredException.read(error);
        generation = Native.statusGeneration(status);
        fetches = Native.statusFetches(status);
        rejections = Native.statusRejections(status);
        clockSkewMs = Native.statusClockSkewMs(status);
        lastRotationDurationMs = Native.statusLastRotationDurationMs(status);
        nextRotationAtMs = Native.statusNextRotationAtMs(status);
        rotationIntervalMs = Native.statusRotationIntervalMs(status);
        generatedAtMs = Native.statusGeneratedAtMs(status);
        tlsVerified = Native.statusIsTlsVerified(status);
        rotationOverdue = Native.statusIsRotationOverdue(status);
        rotationStatus = Texts.of(Native.statusRotationStatus(status));
        identityExplanation = Texts.of(Native.statusIdentityExplanation(status));
    }

    /** Reads a status of C and frees it. */
    static Status take(long status) {
        try {
            return new Status(status);
        } finally {
            Native.statusFree(status);
        }
    }

    /** The state of the value. */
    public State state() {
        return state;
    }

    /** Where the value came from. */
    public Origin origin() {
        return origin;
    }

    /** When the value expires, if it is known. */
    public Optional<Instant> expiresAt() {
        return Credential.instant(expiresAtMs);
    }

    /** When the renewal of the value is due; empty if it is renewed only on request. */
    public Optional<Instant> renewAt() {
        return Credential.instant(renewAtMs);
    }

    /** When the background thread asks the cloud next; empty if nothing is planned. */
    public Optional<Instant> nextRefreshAt() {
        return Credential.instant(nextRefreshAtMs);
    }

    /** When a fetch last succeeded. */
    public Optional<Instant> lastSuccessAt() {
        return Credential.instant(lastSuccessAtMs);
    }

    /** How many refreshes have failed since the last success. */
    public long consecutiveFailures() {
        return consecutiveFailures;
    }

    /** Why the last refresh failed; empty if it succeeded. */
    public Optional<EvercredException> lastError() {
        return Optional.ofNullable(lastError);
    }

    /** The source's generation; 0 before the first value. */
    public long generation() {
        return generation;
    }

    /** How many fetches the source has tried in total. */
    public long fetches() {
        return fetches;
    }

    /** How many reports of a rejected credential were acted upon in total. */
    public long rejections() {
        return rejections;
    }

    /**
     * How far the cloud's clock is ahead of this machine's, if the signing time had to be corrected; otherwise zero.
     */
    public Duration clockSkew() {
        return Duration.ofMillis(clockSkewMs);
    }

    /** How long the last rotation took, if the service says it. */
    public Optional<Duration> lastRotationDuration() {
        return lastRotationDurationMs < 0 ? Optional.empty() : Optional.of(Duration.ofMillis(lastRotationDurationMs));
    }

    /** When the service plans the next rotation of a managed secret, if it says it. */
    public Optional<Instant> nextRotationAt() {
        return Credential.instant(nextRotationAtMs);
    }

    /** The time between two rotations of a managed secret, if the service says it. */
    public Optional<Duration> rotationInterval() {
        return rotationIntervalMs == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(rotationIntervalMs));
    }

    /** When a managed access key was created, if the secret says it. */
    public Optional<Instant> generatedAt() {
        return Credential.instant(generatedAtMs);
    }

    /** Whether requests are encrypted and server certificates are verified. */
    public boolean isTlsVerified() {
        return tlsVerified;
    }

    /** Whether the service still returns the old value more than 15 minutes after it should have rotated it. */
    public boolean isRotationOverdue() {
        return rotationOverdue;
    }

    /** The result of the last rotation according to the service, such as {@code success}; empty if it is not known. */
    public String rotationStatus() {
        return rotationStatus;
    }

    /** Which login identity was used, and why others were skipped; empty if it is not known. */
    public String identityExplanation() {
        return identityExplanation;
    }

    @Override
    public String toString() {
        return "Status{state=" + state + ", origin=" + origin + ", generation=" + generation + ", fetches=" + fetches
                + ", consecutiveFailures=" + consecutiveFailures
                + (lastError == null ? "" : ", lastError=" + lastError.getMessage()) + "}";
    }
}
