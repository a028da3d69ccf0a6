package dev.evercred;

import java.time.Duration;
import java.util.Optional;

/**
 * The events of a client or of a source, in the order in which they happened. At most 256 events wait to be fetched.
 * After that the oldest ones are dropped, and the next event says how many.
 */
public final class Subscription implements AutoCloseable {
    private final Object owner;
    private final ClientState client;
    private final EventQueue queue;
    private final Reaper reaper;

    /** {@code owner} is what this subscription keeps open. */
    Subscription(Object owner, ClientState client, EventQueue queue, boolean isWatched) {
        this.owner = owner;
        this.client = client;
        this.queue = queue;
        client.subscribe(queue);
        reaper = isWatched ? Reaper.watch(this, () -> client.unsubscribe(queue)) : null;
    }

    /**
     * Returns the next event, and waits for it at most {@code timeout}.
     *
     * @return empty if no event arrived
     * @throws EvercredClosedException if the subscription, its source or its client is closed and all earlier events
     *     are fetched; a call that waits returns at once
     * @throws EvercredInterruptedException if the thread is interrupted
     */
    public Optional<Event> next(Duration timeout) {
        try {
            return Optional.ofNullable(queue.next(Source.nanos(timeout)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EvercredInterruptedException("the subscription", e);
        } finally {
            Fence.keepReachable(this);
            Fence.keepReachable(owner);
        }
    }

    /** Ends the subscription. A second call has no effect. Does not block. */
    @Override
    public void close() {
        client.unsubscribe(queue);
        if (reaper != null) {
            reaper.forget();
        }
    }
}
