package dev.evercred;

/**
 * How far a failed request got.
 *
 * <p>Later versions of the library may know more: a number that this class does not know is {@link #UNKNOWN}.
 *
 * <p>Generated from include/evercred.h by dev.evercred.generator.Generator.
 */
public enum Progress {
    /** Nothing of the request was sent, or the call needed none. */
    NOT_SENT(0),

    /** The request, or a part of it, was sent; whether the service got it is not known. */
    PERHAPS_SENT(1),

    /** A server answered: {@code EvercredException.httpStatus()} is its status. */
    ANSWERED(2),

    /** A number that this version does not know. */
    UNKNOWN(-1);

    private static final Progress[] ALL = values();

    private final int number;

    Progress(int number) {
        this.number = number;
    }

    /** The number in the C interface; -1 for {@link #UNKNOWN}. */
    public int number() {
        return number;
    }

    static Progress of(int number) {
        for (Progress value : ALL) {
            if (value.number == number) {
                return value;
            }
        }
        return UNKNOWN;
    }
}
