package dev.evercred;

import java.nio.ByteBuffer;

/**
 * The functions of C. Generated from include/evercred.h by dev.evercred.generator.Generator.
 *
 * <p>A handle is a {@code long}, a text is UTF-8 in bytes without a NUL, and an out argument is an array
 * of one element. A {@code long} that is returned by a function that can fail is an error, or 0.
 */
final class Native {
    /** The version of the ABI that this class was generated for. */
    static final int ABI_VERSION = 0;

    private Native() {}

    /** Opens libevercred. Returns null, or what is wrong. */
    static native byte[] load(byte[] path);

    static native long clientNew(long config, long[] clientOut);

    static native long clientReport(long client, int format, long[] reportOut);

    static native void clientClose(long client);

    static native void clientFree(long client);

    static native long configNew(long[] configOut);

    static native long configSet(long config, byte[] key, byte[] value);

    static native long configLoadFile(long config, byte[] path);

    static native long configLoadEnvironment(long config);

    static native long configSetLogCallback(long config, int level, Object callback);

    static native long configSetIdentityCallback(long config, Object callback);

    static native void configFree(long config);

    static native int credentialKind(long credential);

    static native byte[] credentialUsername(long credential);

    static native byte[] credentialPassword(long credential);

    static native byte[] credentialAccessKeyId(long credential);

    static native byte[] credentialAccessKeySecret(long credential);

    static native byte[] credentialSecurityToken(long credential);

    static native byte[] credentialSecretValue(long credential);

    static native byte[] credentialVersionId(long credential);

    static native long credentialGeneration(long credential);

    static native int credentialOrigin(long credential);

    static native int credentialState(long credential);

    static native long credentialExpiresAtMs(long credential);

    static native long credentialRenewAtMs(long credential);

    static native boolean credentialIsCurrent(long credential);

    static native void credentialFree(long credential);

    static native int errorCode(long error);

    static native byte[] errorMessage(long error);

    static native byte[] errorProviderCode(long error);

    static native byte[] errorRequestId(long error);

    static native boolean errorIsRetryable(long error);

    static native boolean errorIsUserNotificationRequired(long error);

    static native long errorRetryAfterMs(long error);

    static native int errorProgress(long error);

    static native int errorHttpStatus(long error);

    static native void errorFree(long error);

    static native int eventKind(long event);

    static native byte[] eventSourceName(long event);

    static native long eventGeneration(long event);

    static native long eventError(long event);

    static native long eventOccurredAtMs(long event);

    static native long eventDroppedBefore(long event);

    static native void eventFree(long event);

    static native long identitySetKey(
            long identity, byte[] accessKeyId, byte[] accessKeySecret, byte[] securityToken, long expiresAtMs);

    static native void identitySetError(long identity, byte[] reason, boolean isRetryable);

    static native byte[] reportText(long report);

    static native void reportFree(long report);

    static native byte[] sourceName(long source);

    static native long sourceTotalTimeoutMs(long source);

    static native long sourceGet(long source, long timeoutMs, long[] credentialOut);

    static native long sourceTryGet(long source, long[] credentialOut);

    static native long sourceGetNewer(long source, long generation, long timeoutMs, long[] credentialOut);

    static native long sourcePeek(long source, long[] credentialOut);

    static native long sourceRefresh(long source, long timeoutMs, long[] credentialOut);

    static native long sourceReportRejected(long source, long credential);

    static native long sourceReportRejectedGeneration(long source, long generation);

    static native boolean sourceIsRejectionCode(long source, byte[] serviceCode);

    static native long sourceStatus(long source, long[] statusOut);

    static native ByteBuffer sourceGenerationAddress(long source);

    static native void sourceClose(long source);

    static native void sourceFree(long source);

    static native long sourceOpenDatabase(long client, byte[] region, byte[] instanceId, byte[] user, long[] sourceOut);

    static native long sourceOpenDatabaseWith(
            long client, long overrides, byte[] region, byte[] instanceId, byte[] user, long[] sourceOut);

    static native long sourceOpenManaged(long client, byte[] secretName, long[] sourceOut);

    static native long sourceOpenManagedWith(long client, long overrides, byte[] secretName, long[] sourceOut);

    static native long sourceOpenIdentity(long client, byte[] cloud, long[] sourceOut);

    static native long sourceOpenIdentityWith(long client, long overrides, byte[] cloud, long[] sourceOut);

    static native int statusState(long status);

    static native int statusOrigin(long status);

    static native long statusExpiresAtMs(long status);

    static native long statusRenewAtMs(long status);

    static native long statusNextRefreshAtMs(long status);

    static native long statusLastSuccessAtMs(long status);

    static native long statusConsecutiveFailures(long status);

    static native long statusLastError(long status);

    static native long statusGeneration(long status);

    static native long statusFetches(long status);

    static native long statusRejections(long status);

    static native long statusClockSkewMs(long status);

    static native long statusLastRotationDurationMs(long status);

    static native long statusNextRotationAtMs(long status);

    static native long statusRotationIntervalMs(long status);

    static native long statusGeneratedAtMs(long status);

    static native boolean statusIsTlsVerified(long status);

    static native boolean statusIsRotationOverdue(long status);

    static native byte[] statusRotationStatus(long status);

    static native byte[] statusIdentityExplanation(long status);

    static native void statusFree(long status);

    static native long subscriptionOpen(long client, long source, long[] subscriptionOut);

    static native long subscriptionNext(long subscription, long timeoutMs, long[] eventOut);

    static native int subscriptionDescriptor(long subscription);

    static native void subscriptionClose(long subscription);

    static native void subscriptionFree(long subscription);

    static native byte[] version();

    static native int abiVersion();

    static native byte[] codeName(int code);

    static native long liveHandles();
}
