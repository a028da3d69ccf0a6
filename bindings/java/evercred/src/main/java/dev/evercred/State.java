package dev.evercred;

/**
 * The state of a value.
 *
 * <p>Later versions of the library may know more: a number that this class does not know is {@link #UNKNOWN}.
 *
 * <p>Generated from include/evercred.h by dev.evercred.generator.Generator.
 */
public enum State {
    /** There is no value. */
    EMPTY(0),

    /** The value is good and no refresh is due. */
    FRESH(1),

    /** The value is good and a refresh is due. Only a status has this state: a credential is FRESH instead. */
    DUE(2),

    /** The value is still good but about to expire: a refresh is mandatory and has not succeeded yet. */
    MANDATORY(3),

    /** The value is expired, or overdue if its end is not known. It is returned because the cloud cannot be reached. */
    STALE(4),

    /** The value is expired, and {@code max_stale_ms} has passed. */
    ENDED(5),

    /** The value was reported as rejected, and the cloud has no other one yet. */
    REJECTED(6),

    /** A number that this version does not know. */
    UNKNOWN(-1);

    private static final State[] ALL = values();

    private final int number;

    State(int number) {
        this.number = number;
    }

    /** The number in the C interface; -1 for {@link #UNKNOWN}. */
    public int number() {
        return number;
    }

    static State of(int number) {
        for (State value : ALL) {
            if (value.number == number) {
                return value;
            }
        }
        return UNKNOWN;
    }
}
