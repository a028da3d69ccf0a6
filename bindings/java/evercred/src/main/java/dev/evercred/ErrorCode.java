package dev.evercred;

/**
 * Why a call failed.
 *
 * <p>Later versions of the library may know more: a number that this class does not know is {@link #UNKNOWN}.
 *
 * <p>Generated from include/evercred.h by dev.evercred.generator.Generator.
 */
public enum ErrorCode {
    /** No error. */
    OK(0),

    /**
     * An argument is missing, empty, not UTF-8 or otherwise unusable. Correct the call; the message names the argument.
     */
    INVALID_ARGUMENT(1),

    /** No option has this name. The message names the nearest one. */
    UNKNOWN_OPTION(2),

    /** The value of an option has the wrong type or is out of range. */
    INVALID_OPTION(3),

    /** A requested file cannot be read or parsed. */
    FILE(4),

    /** The client is closed. */
    CLOSED(5),

    /** The timeout of the call ended before an answer arrived. */
    TIMEOUT(6),

    /** The cloud cannot be reached. Check the network, the endpoint and the proxy. */
    NETWORK(7),

    /** The server's certificate was not accepted, or there are no root certificates. Check {@code ca_file}. */
    TLS(8),

    /** The cloud reported a temporary failure. The library retries. */
    SERVICE(9),

    /** The cloud limits the rate of requests. */
    THROTTLED(10),

    /** The cloud refuses the request: not permitted, switched off, no such resource. The message says what to do. */
    REFUSED(11),

    /** The login identity is expired or unknown. */
    IDENTITY(12),

    /** The signing time was not accepted, even after correction. Set this machine's clock. */
    CLOCK(13),

    /** The cloud's answer is malformed. Report it with the request id. */
    MALFORMED(14),

    /**
     * Too many forced refreshes in a short time: this one was not made. {@code EvercredException.retryAfter()} says
     * when the next one is allowed.
     */
    RATE_LIMITED(15),

    /** No login identity was found. The message says what was tried. */
    NO_IDENTITY(16),

    /** This build or system does not support the operation. */
    UNSUPPORTED(17),

    /**
     * The process has no thread, file descriptor or memory left. The library retries; raise the limits of the process.
     */
    RESOURCES(18),

    /** A defect in evercred. Report it. */
    INTERNAL(99),

    /** A number that this version does not know. */
    UNKNOWN(-1);

    private static final ErrorCode[] ALL = values();

    private final int number;

    ErrorCode(int number) {
        this.number = number;
    }

    /** The number in the C interface; -1 for {@link #UNKNOWN}. */
    public int number() {
        return number;
    }

    static ErrorCode of(int number) {
        for (ErrorCode value : ALL) {
            if (value.number == number) {
                return value;
            }
        }
        return UNKNOWN;
    }
}
