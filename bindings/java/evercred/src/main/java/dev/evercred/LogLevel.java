package dev.evercred;

/**
 * The severity of a log message.
 *
 * <p>Later versions of the library may know more: a number that this class does not know is {@link #UNKNOWN}.
 *
 * <p>Generated from include/evercred.h by dev.evercred.generator.Generator.
 */
public enum LogLevel {
    /** A problem that needs a person. */
    ERROR(1),

    /** A problem that the library handles. */
    WARN(2),

    /** A notable change. */
    INFO(3),

    /** Every answer of the cloud, and refreshes that changed nothing. */
    DEBUG(4),

    /** A number that this version does not know. */
    UNKNOWN(-1);

    private static final LogLevel[] ALL = values();

    private final int number;

    LogLevel(int number) {
        this.number = number;
    }

    /** The number in the C interface; -1 for {@link #UNKNOWN}. */
    public int number() {
        return number;
    }

    static LogLevel of(int number) {
        for (LogLevel value : ALL) {
            if (value.number == number) {
                return value;
            }
        }
        return UNKNOWN;
    }
}
