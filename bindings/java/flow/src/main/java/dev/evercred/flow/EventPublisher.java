package dev.evercred.flow;

import dev.evercred.Event;
import dev.evercred.EvercredClient;
import dev.evercred.Source;
import dev.evercred.Subscription;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.function.Function;

/**
 * The events of a client or of a source for any number of subscribers, each with its own demand. A subscriber that has
 * 256 events to fetch misses further ones. The subscribers are completed when this publisher, the source or the client is
 * closed. Thread-safe.
 */
public final class EventPublisher implements Flow.Publisher<Event>, AutoCloseable {
    private static final int LONGEST_QUEUE = 256;

    private final SubmissionPublisher<Event> publisher;
    private final Subscription subscription;

    private EventPublisher(Executor executor, Function<EventPublisher, Subscription> subscribe) {
        publisher = new SubmissionPublisher<>(executor, LONGEST_QUEUE);
        subscription = subscribe.apply(this);
    }

    /**
     * Publishes the future events of all sources, login identities included.
     *
     * @param executor calls the subscribers
     */
    public static EventPublisher of(EvercredClient client, Executor executor) {
        return new EventPublisher(executor, made -> client.subscribe(executor, made::offer, made.publisher::close));
    }

    /**
     * Publishes the future events of a source.
     *
     * @param executor calls the subscribers
     */
    public static EventPublisher of(Source source, Executor executor) {
        return new EventPublisher(executor, made -> source.subscribe(executor, made::offer, made.publisher::close));
    }

    private void offer(Event event) {
        publisher.offer(event, null);
    }

    @Override
    public void subscribe(Flow.Subscriber<? super Event> subscriber) {
        publisher.subscribe(subscriber);
    }

    /** Completes the subscribers after the events that they have to fetch. A second call has no effect. */
    @Override
    public void close() {
        subscription.close();
    }
}
