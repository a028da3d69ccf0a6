package dev.evercred;

/**
 * What happened.
 *
 * <p>Later versions of the library may know more: a number that this class does not know is {@link #UNKNOWN}.
 *
 * <p>Generated from include/evercred.h by dev.evercred.generator.Generator.
 */
public enum EventKind {
    /** The source has another value. The first value is a change too. */
    CHANGED(1),

    /** A refresh failed; {@code Event.error()} says why. The held value stays in use as long as allowed. */
    REFRESH_FAILED(2),

    /** The value was reported as rejected, and the library asks for another one. */
    REJECTED(3),

    /** The service still returns the old value 15 minutes after it should have rotated it. Sent once per rotation. */
    ROTATION_OVERDUE(4),

    /**
     * A certificate of a CA file is about to expire; {@code Event.error()} says which. Sent once a day, and when a
     * subscription to the whole client is opened.
     */
    CA_EXPIRING(5),

    /** A refresh succeeded after failed ones. */
    RECOVERED(6),

    /** The value is expired, {@code max_stale_ms} has passed, and there is no other value. */
    ENDED(7),

    /**
     * The service stands by a value that was reported as rejected: it still returned the same one {@code
     * rejected_settle_ms} after the report. The value stays REJECTED until another one comes, which is looked for more
     * rarely from now on.
     */
    RECONFIRMED(8),

    /**
     * A refresh that somebody asked for ({@code Source.refresh()}) or waited for ({@code Source.tryGet()}) succeeded
     * with the same value.
     */
    REFRESHED(9),

    /**
     * A fetch that a caller of {@code Source.tryGet()} waits for has not ended within {@code refresh_wait_ms}: from now
     * on {@code Source.tryGet()} returns the held value. Not sent in lazy mode.
     */
    WAIT_ENDED(10),

    /** A number that this version does not know. */
    UNKNOWN(-1);

    private static final EventKind[] ALL = values();

    private final int number;

    EventKind(int number) {
        this.number = number;
    }

    /** The number in the C interface; -1 for {@link #UNKNOWN}. */
    public int number() {
        return number;
    }

    static EventKind of(int number) {
        for (EventKind value : ALL) {
            if (value.number == number) {
                return value;
            }
        }
        return UNKNOWN;
    }
}
