package dev.evercred;

/** The client, source or subscription is closed, or was closed while the call waited. */
public final class EvercredClosedException extends EvercredException {
    private static final long serialVersionUID = 1;

    EvercredClosedException(Details details, Throwable cause) {
        super(details, cause);
    }
}
