package dev.evercred;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** The events that a {@link Subscription} has not fetched yet. */
final class EventQueue {
    /** The most events that wait, as in the library. */
    private static final int LONGEST = 256;

    /** The source whose events are wanted; null: all of the client. */
    final SourceState source;

    private final Executor executor;
    private final Consumer<? super Event> listener;
    private final Runnable onClosed;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Event> events = new ArrayDeque<>();
    private long dropped;
    private boolean isClosed;
    private boolean isDelivering;
    private boolean isEndAnnounced;

    EventQueue(SourceState source) {
        this(source, null, null, null);
    }

    /**
     * With a listener, the events are delivered one after another on the executor, and {@code onClosed}, which may be
     * null, is called once after the last one.
     */
    EventQueue(SourceState source, Executor executor, Consumer<? super Event> listener, Runnable onClosed) {
        this.onClosed = onClosed;
        this.source = source;
        this.executor = executor;
        this.listener = listener;
    }

    /**
     * Never waits for the subscriber: if the queue is full, the oldest event is dropped.
     *
     * @return false if nobody wants the events any more
     */
    boolean offer(Event event) {
        if (source != null && !source.name.equals(event.sourceName())) {
            return true;
        }
        boolean deliver = false;
        lock.lock();
        try {
            if (isClosed) {
                return false;
            }
            if (events.size() >= LONGEST) {
                dropped += 1 + events.removeFirst().droppedBefore();
            }
            events.addLast(event);
            changed.signal();
            if (listener != null && !isDelivering) {
                isDelivering = true;
                deliver = true;
            }
        } finally {
            lock.unlock();
        }
        return !deliver || deliverLater();
    }

    /** Returns false if nobody wants the events any more. */
    private boolean deliverLater() {
        try {
            executor.execute(this::deliver);
            return true;
        } catch (RuntimeException e) {
            // The executor was shut down: nobody wants the events.
            deliversNoMore();
            close();
            return false;
        } catch (Error e) {
            // There may be a thread for the next event.
            deliversNoMore();
            throw e;
        }
    }

    private void deliversNoMore() {
        lock.lock();
        try {
            isDelivering = false;
        } finally {
            lock.unlock();
        }
    }

    private void deliver() {
        while (true) {
            Event event;
            lock.lock();
            try {
                event = poll();
                isDelivering = event != null;
            } finally {
                lock.unlock();
            }
            if (event == null) {
                announceEnd();
                return;
            }
            try {
                listener.accept(event);
            } catch (Throwable e) {
                // One event less does not end the others; the thread's handler learns of it.
                Threads.report(e);
            }
        }
    }

    /** The next event, or null after the time. */
    Event next(long nanos) throws InterruptedException {
        long left = nanos;
        lock.lockInterruptibly();
        try {
            while (true) {
                Event event = poll();
                if (event != null) {
                    return event;
                }
                if (isClosed) {
                    throw EvercredException.closed("the subscription or what it belongs to");
                }
                if (left <= 0) {
                    return null;
                }
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The lock is held. */
    private Event poll() {
        Event event = events.pollFirst();
        if (event != null && dropped != 0) {
            event = event.withDropped(event.droppedBefore() + dropped);
            dropped = 0;
        }
        return event;
    }

    void close() {
        lock.lock();
        try {
            isClosed = true;
            if (listener != null) {
                events.clear();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        announceEnd();
    }

    private void announceEnd() {
        lock.lock();
        try {
            if (onClosed == null || !isClosed || isDelivering || isEndAnnounced) {
                return;
            }
            isEndAnnounced = true;
        } finally {
            lock.unlock();
        }
        try {
            executor.execute(onClosed);
        } catch (RuntimeException e) {
            // The executor was shut down.
            onClosed.run();
        }
    }
}
