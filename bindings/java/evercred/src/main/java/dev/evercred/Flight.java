package dev.evercred;

import java.util.concurrent.CompletableFuture;

/** Callers of one source that wait for the same thing. The fields are guarded by the lock of their source. */
final class Flight {
    /** How long after the first caller others may join a flight that has a deadline. */
    private static final long JOINABLE_NANOS = 1_000_000_000;

    /** A value other than that of this generation; 0: any. */
    final long newerThan;

    final CompletableFuture<Credential> result = new CompletableFuture<>();
    /** How many callers wait. Without one, nobody follows the flight any more. */
    int waiters;
    /** False after a report of a refused credential: the flight may bring the refused one. */
    boolean isJoinable = true;

    private final boolean isTimed;
    private final long began;
    private final long timeoutNanos;

    /**
     * @param isTimed the flight ends at its timeout; otherwise each caller leaves at its own
     */
    Flight(long newerThan, boolean isTimed, long now, long timeoutNanos) {
        this.newerThan = newerThan;
        this.isTimed = isTimed;
        this.began = now;
        this.timeoutNanos = timeoutNanos;
    }

    boolean suits(long generation, boolean timed, long now) {
        return isJoinable
                && newerThan == generation
                && isTimed == timed
                && (!isTimed || now - began < JOINABLE_NANOS);
    }

    boolean isOver(long now) {
        return isTimed && now - began > timeoutNanos;
    }
}
