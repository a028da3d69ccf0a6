package dev.evercred;

import java.time.Instant;
import java.util.Optional;

/** Something that happened to a source or a client. Immutable; it holds no secret. */
public final class Event {
    private final EventKind kind;
    private final String sourceName;
    private final long generation;
    private final EvercredException error;
    private final long occurredAtMs;
    private final long droppedBefore;

    private Event(
            EventKind kind,
            String sourceName,
            long generation,
            EvercredException error,
            long occurredAtMs,
            long droppedBefore) {
        this.kind = kind;
        this.sourceName = sourceName;
        this.generation = generation;
        this.error = error;
        this.occurredAtMs = occurredAtMs;
        this.droppedBefore = droppedBefore;
    }

    /** Reads an event of C and frees it. */
    static Event take(long event) {
        try {
            long error = Native.eventError(event);
            return new Event(
                    EventKind.of(Native.eventKind(event)),
                    Texts.of(Native.eventSourceName(event)),
                    Native.eventGeneration(event),
                    error == 0 ? null : EvercredException.read(error),
                    Native.eventOccurredAtMs(event),
                    Native.eventDroppedBefore(event));
        } finally {
            Native.eventFree(event);
        }
    }

    Event withDropped(long dropped) {
        return new Event(kind, sourceName, generation, error, occurredAtMs, dropped);
    }

    /** What happened. */
    public EventKind kind() {
        return kind;
    }

    /** The name of the source, as in {@link Source#name()}; empty if the event concerns the client. */
    public String sourceName() {
        return sourceName;
    }

    /** The source's generation after the event; 0 before the first value. */
    public long generation() {
        return generation;
    }

    /** Why a refresh failed, or which certificate is about to expire. */
    public Optional<EvercredException> error() {
        return Optional.ofNullable(error);
    }

    /** When it happened, by this machine's wall clock. */
    public Instant occurredAt() {
        return Instant.ofEpochMilli(occurredAtMs);
    }

    /** How many older events were dropped directly before this one because they were not fetched in time. */
    public long droppedBefore() {
        return droppedBefore;
    }

    @Override
    public String toString() {
        return "Event{kind=" + kind + ", source=" + sourceName + ", generation=" + generation + ", at=" + occurredAt()
                + (error == null ? "" : ", error=" + error.getMessage()) + "}";
    }
}
