package dev.evercred;

/**
 * The format of a report.
 *
 * <p>Later versions of the library may know more: a number that this class does not know is {@link #UNKNOWN}.
 *
 * <p>Generated from include/evercred.h by dev.evercred.generator.Generator.
 */
public enum ReportFormat {
    /** One JSON object. */
    JSON(1),

    /** The Prometheus text format. */
    PROMETHEUS(2),

    /** A number that this version does not know. */
    UNKNOWN(-1);

    private static final ReportFormat[] ALL = values();

    private final int number;

    ReportFormat(int number) {
        this.number = number;
    }

    /** The number in the C interface; -1 for {@link #UNKNOWN}. */
    public int number() {
        return number;
    }

    static ReportFormat of(int number) {
        for (ReportFormat value : ALL) {
            if (value.number == number) {
                return value;
            }
        }
        return UNKNOWN;
    }
}
