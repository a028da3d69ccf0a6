package dev.evercred;

import java.time.Duration;
import java.util.Optional;

/**
 * A call failed. The message says what went wrong and what to do about it; it holds no secret.
 *
 * <p>Every failure of this library is of this type, so one {@code catch} is enough. {@link EvercredClosedException},
 * {@link EvercredTimeoutException} and {@link EvercredInterruptedException} are those that a program often treats
 * apart. It is an {@link IllegalStateException}, because the use of a closed object is one by Java's custom, and the
 * family has one root. Arguments that are null or cannot be a text are {@link NullPointerException} and {@link
 * IllegalArgumentException}.
 */
public class EvercredException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    private final ErrorCode code;
    private final String providerCode;
    private final String requestId;
    private final boolean retryable;
    private final boolean userNotificationRequired;
    private final long retryAfterMs;
    private final Progress progress;
    private final int httpStatus;

    EvercredException(Details details, Throwable cause) {
        super(details.message, cause);
        code = details.code;
        providerCode = details.providerCode;
        requestId = details.requestId;
        retryable = details.retryable;
        userNotificationRequired = details.userNotificationRequired;
        retryAfterMs = details.retryAfterMs;
        progress = details.progress;
        httpStatus = details.httpStatus;
    }

    /** What kind of failure it is. */
    public ErrorCode code() {
        return code;
    }

    /** The cloud's own error code, such as {@code AuthFailure.SecretIdNotFound}, if it sent one. */
    public Optional<String> providerCode() {
        return text(providerCode);
    }

    /** The cloud's id of the failed request, by which its support finds the request, if it sent one. */
    public Optional<String> requestId() {
        return text(requestId);
    }

    /** Whether a retry later can succeed without action of a person. */
    public boolean isRetryable() {
        return retryable;
    }

    /** How long to wait before a retry, if the cloud or a limit of this library says so. */
    public Optional<Duration> retryAfter() {
        return retryAfterMs == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(retryAfterMs));
    }

    /** Whether the user must be notified, as the official Tencent SDK defines it. */
    public boolean isUserNotificationRequired() {
        return userNotificationRequired;
    }

    /** How far the failed request got. Only a request that was not sent can be repeated without doubt. */
    public Progress progress() {
        return progress;
    }

    /** The HTTP status of the answer to the failed request; 0 if there was none. */
    public int httpStatus() {
        return httpStatus;
    }

    private static Optional<String> text(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    /** Throws the error of a call, if there is one, and frees it. */
    static void check(long error) {
        if (error != 0) {
            throw take(error);
        }
    }

    static EvercredException take(long error) {
        try {
            return read(error);
        } finally {
            Native.errorFree(error);
        }
    }

    /** Reads an error that belongs to somebody else. */
    static EvercredException read(long error) {
        Details details = new Details(ErrorCode.of(Native.errorCode(error)), Texts.of(Native.errorMessage(error)));
        details.providerCode = Texts.of(Native.errorProviderCode(error));
        details.requestId = Texts.of(Native.errorRequestId(error));
        details.retryable = Native.errorIsRetryable(error);
        details.userNotificationRequired = Native.errorIsUserNotificationRequired(error);
        details.retryAfterMs = Native.errorRetryAfterMs(error);
        details.progress = Progress.of(Native.errorProgress(error));
        details.httpStatus = Native.errorHttpStatus(error);
        return details.toException(null);
    }

    static EvercredException of(ErrorCode code, String message, Throwable cause) {
        return new Details(code, message).toException(cause);
    }

    static EvercredClosedException closed(String what) {
        return new EvercredClosedException(new Details(ErrorCode.CLOSED, what + " is closed"), null);
    }

    /** The same failure for another thread, with that thread's stack. */
    EvercredException again() {
        Details details = new Details(code, getMessage());
        details.providerCode = providerCode;
        details.requestId = requestId;
        details.retryable = retryable;
        details.userNotificationRequired = userNotificationRequired;
        details.retryAfterMs = retryAfterMs;
        details.progress = progress;
        details.httpStatus = httpStatus;
        return details.toException(getCause());
    }

    /** The fields of an exception before it exists. */
    static final class Details {
        private final ErrorCode code;
        private final String message;
        private String providerCode = "";
        private String requestId = "";
        private boolean retryable;
        private boolean userNotificationRequired;
        private long retryAfterMs;
        private Progress progress = Progress.NOT_SENT;
        private int httpStatus;

        Details(ErrorCode code, String message) {
            this.code = code;
            this.message = message;
        }

        EvercredException toException(Throwable cause) {
            switch (code) {
                case CLOSED:
                    return new EvercredClosedException(this, cause);
                case TIMEOUT:
                    return new EvercredTimeoutException(this, cause);
                default:
                    return new EvercredException(this, cause);
            }
        }
    }
}
