package dev.evercred;

/**
 * What a credential holds.
 *
 * <p>Later versions of the library may know more: a number that this class does not know is {@link #UNKNOWN}.
 *
 * <p>Generated from include/evercred.h by dev.evercred.generator.Generator.
 */
public enum Kind {
    /** The user name and password of a database account or a machine. */
    PASSWORD(1),

    /** An access key: id, secret, and a session token if it is temporary. */
    ACCESS_KEY(2),

    /** A whole secret text without a known form: {@code Credential.secretValue()}. */
    TEXT(3),

    /** Whole secret bytes, decoded: {@code Credential.secretValue()}. */
    BINARY(4),

    /** A number that this version does not know. */
    UNKNOWN(-1);

    private static final Kind[] ALL = values();

    private final int number;

    Kind(int number) {
        this.number = number;
    }

    /** The number in the C interface; -1 for {@link #UNKNOWN}. */
    public int number() {
        return number;
    }

    static Kind of(int number) {
        for (Kind value : ALL) {
            if (value.number == number) {
                return value;
            }
        }
        return UNKNOWN;
    }
}
