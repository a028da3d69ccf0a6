package dev.evercred;

/**
 * Where a value came from.
 *
 * <p>Later versions of the library may know more: a number that this class does not know is {@link #UNKNOWN}.
 *
 * <p>Generated from include/evercred.h by dev.evercred.generator.Generator.
 */
public enum Origin {
    /** There is no value. */
    NONE(0),

    /** The cloud's API. */
    CLOUD(1),

    /** A fallback password file, because the cloud could not be reached. */
    FALLBACK_FILE(2),

    /** The configuration. */
    CONFIGURATION(3),

    /** Environment variables. */
    ENVIRONMENT(4),

    /** A profile file. */
    PROFILE_FILE(5),

    /** The machine's metadata service. */
    METADATA(6),

    /** The cloud's security token service. */
    STS(7),

    /** The cache file, in which the processes of a host share fetched values. */
    FILE_CACHE(8),

    /** A program that was run to get it. */
    PROCESS(9),

    /** A credentials URI. */
    CREDENTIALS_URI(10),

    /** An identity callback of the host program. */
    CALLBACK(11),

    /** A client key file. */
    CLIENT_KEY_FILE(12),

    /** A number that this version does not know. */
    UNKNOWN(-1);

    private static final Origin[] ALL = values();

    private final int number;

    Origin(int number) {
        this.number = number;
    }

    /** The number in the C interface; -1 for {@link #UNKNOWN}. */
    public int number() {
        return number;
    }

    static Origin of(int number) {
        for (Origin value : ALL) {
            if (value.number == number) {
                return value;
            }
        }
        return UNKNOWN;
    }
}
