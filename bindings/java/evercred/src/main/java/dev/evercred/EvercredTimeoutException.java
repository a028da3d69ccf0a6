package dev.evercred;

/**
 * The timeout of the call ended before an answer arrived. {@link #providerCode()} is that of the last failed fetch, if
 * there was one.
 */
public final class EvercredTimeoutException extends EvercredException {
    private static final long serialVersionUID = 1;

    EvercredTimeoutException(Details details, Throwable cause) {
        super(details, cause);
    }
}
