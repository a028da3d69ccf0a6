package dev.evercred;

/** Why an {@link IdentitySupplier} has no key. The message becomes part of errors, logs and reports: no secret. */
public final class IdentityException extends Exception {
    private static final long serialVersionUID = 1;

    private final boolean retryable;

    /**
     * @param reason why there is no key, without a secret
     * @param retryable whether a retry can soon succeed
     */
    public IdentityException(String reason, boolean retryable) {
        super(reason);
        this.retryable = retryable;
    }

    /** Whether a retry can soon succeed. */
    public boolean isRetryable() {
        return retryable;
    }
}
