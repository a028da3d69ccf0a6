package dev.evercred;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What an {@link EvercredClient} is made of, without a reference to it.
 *
 * <p>At most one thread of a client waits in C for events: for the callers of its sources, and for its subscriptions.
 * It exists while somebody waits and a few seconds more.
 */
final class ClientState implements Runnable {
    /** Refreshes that may run at the same time; each one holds a thread in C. */
    private static final int MOST_REFRESHES = 8;

    final NativeHandle handle;

    private final ReentrantLock lock = new ReentrantLock();
    /** The sources for which somebody waits, by name: several opens of one thing have the same name. */
    private final Map<String, Set<SourceState>> followed = new HashMap<>();

    private final CopyOnWriteArrayList<EventQueue> subscriptions = new CopyOnWriteArrayList<>();
    /** Whether code of the program may run in the client's threads; a source may bring it later. */
    volatile boolean hasCallbacks;

    /** Null if nobody has waited for a while. */
    EventPump pump;

    private ThreadPoolExecutor refreshes;

    ClientState(long pointer, boolean hasCallbacks) {
        this.hasCallbacks = hasCallbacks;
        handle = new NativeHandle(pointer, "the client") {
            @Override
            void free(long client) {
                ClientState.this.free(client);
            }
        };
    }

    private void free(long pointer) {
        if (hasCallbacks) {
            // This waits for callbacks that still run, and these are the program's.
            Threads.daemon("evercred-free", () -> Native.clientFree(pointer));
        } else {
            Native.clientFree(pointer);
        }
    }

    /** From now on, events of the source are looked at for those that wait for it. */
    void follow(SourceState source) {
        lock.lock();
        try {
            startPump();
            Set<SourceState> named = followed.get(source.name);
            if (named == null) {
                named = new HashSet<>(2);
                followed.put(source.name, named);
            }
            named.add(source);
        } finally {
            lock.unlock();
        }
    }

    void unfollow(SourceState source) {
        lock.lock();
        try {
            Set<SourceState> named = followed.get(source.name);
            if (named != null && named.remove(source) && named.isEmpty()) {
                followed.remove(source.name);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The lock is held. */
    private void startPump() {
        long pointer = handle.enter();
        try {
            if (pump == null) {
                pump = EventPump.start(this, pointer);
            }
        } finally {
            handle.leave();
        }
    }

    /** Whether nobody waits. Then the pump ends, if it is to. */
    boolean isIdle(EventPump asking, boolean end) {
        lock.lock();
        try {
            if (isPumpNeeded()) {
                return false;
            }
            if (end) {
                pumpEnded(asking, false);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The lock is held. */
    private boolean isPumpNeeded() {
        return !followed.isEmpty() || !subscriptions.isEmpty();
    }

    /**
     * The thread of a pump ends.
     *
     * @param isNeeded another one takes its place if somebody waits; if there can be none, those that wait fail
     */
    void pumpEnded(EventPump ended, boolean isNeeded) {
        EvercredException failure = null;
        lock.lock();
        try {
            if (pump != ended) {
                return;
            }
            pump = null;
            if (isNeeded && isPumpNeeded()) {
                startPump();
            }
        } catch (EvercredException e) {
            failure = e;
        } catch (RuntimeException | Error e) {
            failure = EvercredException.of(ErrorCode.INTERNAL, "no thread for events: " + e, e);
        } finally {
            lock.unlock();
        }
        if (failure != null) {
            for (SourceState source : waitingFor(null)) {
                source.failFlights(failure);
            }
        }
    }

    /** Gives an event to all that wait for it. */
    void dispatch(Event event) {
        for (EventQueue queue : subscriptions) {
            try {
                offer(queue, event);
            } catch (RuntimeException | Error e) {
                // An executor without a thread must not keep the event from the others.
                Threads.report(e);
            }
        }
        for (SourceState source : waitingFor(event.sourceName())) {
            source.settle(event);
        }
    }

    private void offer(EventQueue queue, Event event) {
        if (!queue.offer(event)) {
            unsubscribe(queue);
        }
    }

    /** Asks again for all that wait, without an event. */
    void settleAll() {
        for (SourceState source : waitingFor(null)) {
            source.settle(null);
        }
    }

    /** The sources of this name (null: all) for which somebody waits. */
    private List<SourceState> waitingFor(String name) {
        List<SourceState> sources = new ArrayList<>();
        lock.lock();
        try {
            if (name == null) {
                followed.values().forEach(sources::addAll);
            } else if (followed.containsKey(name)) {
                sources.addAll(followed.get(name));
            }
        } finally {
            lock.unlock();
        }
        return sources;
    }

    void subscribe(EventQueue queue) {
        List<Event> warnings = new ArrayList<>();
        lock.lock();
        try {
            startPump();
            if (queue.source == null) {
                warnings = standingWarnings();
            }
            subscriptions.add(queue);
        } finally {
            lock.unlock();
        }
        if (queue.source != null && queue.source.handle.isClosed()) {
            // The source may have been closed before it could find this subscription.
            subscriptions.remove(queue);
            throw queue.source.handle.closedException();
        }
        for (Event warning : warnings) {
            offer(queue, warning);
        }
    }

    /**
     * A new subscriber to a client learns of certificates that expire soon. The thread's own subscription is not new.
     */
    private List<Event> standingWarnings() {
        List<Event> events = new ArrayList<>();
        long pointer = handle.enter();
        try {
            long[] out = new long[1];
            EvercredException.check(Native.subscriptionOpen(pointer, 0, out));
            long subscription = out[0];
            try {
                while (true) {
                    EvercredException.check(Native.subscriptionNext(subscription, 0, out));
                    if (out[0] == 0) {
                        return events;
                    }
                    Event event = Event.take(out[0]);
                    if (event.kind() == EventKind.CA_EXPIRING) {
                        events.add(event);
                    }
                }
            } finally {
                Native.subscriptionFree(subscription);
            }
        } finally {
            handle.leave();
        }
    }

    void unsubscribe(EventQueue queue) {
        subscriptions.remove(queue);
        queue.close();
    }

    void sourceClosed(SourceState source) {
        for (EventQueue queue : subscriptions) {
            if (queue.source == source) {
                unsubscribe(queue);
            }
        }
    }

    /** Runs something that waits in C. */
    void execute(Runnable task) {
        lock.lock();
        try {
            if (handle.isClosed()) {
                throw handle.closedException();
            }
            if (refreshes == null) {
                refreshes = new ThreadPoolExecutor(
                        MOST_REFRESHES,
                        MOST_REFRESHES,
                        2,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        run -> Threads.create("evercred-refresh", run));
                refreshes.allowCoreThreadTimeOut(true);
            }
            refreshes.execute(task);
        } catch (OutOfMemoryError e) {
            throw EvercredException.of(ErrorCode.RESOURCES, "no thread for a refresh: " + e.getMessage(), e);
        } finally {
            lock.unlock();
        }
    }

    /** Closes the client; {@link Reaper} calls it too. */
    @Override
    public void run() {
        if (!handle.beginClose()) {
            return;
        }
        EventPump running;
        lock.lock();
        try {
            running = pump;
            if (refreshes != null) {
                refreshes.shutdown();
            }
        } finally {
            lock.unlock();
        }
        EvercredClosedException closed = handle.closedException();
        for (SourceState source : waitingFor(null)) {
            source.fail(closed);
        }
        for (EventQueue queue : subscriptions) {
            unsubscribe(queue);
        }
        if (running != null) {
            running.close();
        }
        Native.clientClose(handle.pointer());
        handle.leave();
    }
}
