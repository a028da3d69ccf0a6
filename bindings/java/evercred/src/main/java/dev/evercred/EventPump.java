package dev.evercred;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** The thread of a client that waits in C for its events. */
final class EventPump implements Runnable {
    /**
     * The thread asks again for all that wait after this time too. Events should suffice, but a caller that misses one
     * would wait until its deadline.
     */
    private static final long LOOK_AGAIN_NANOS = 1_000_000_000;
    /** The thread ends when nobody has waited for so many looks. */
    private static final int IDLE_LOOKS = 3;
    /** The pause after a failure to fetch an event, which may fail again. */
    private static final long PAUSE_NANOS = 100_000_000;

    private static final ReentrantLock LOCK = new ReentrantLock();
    private static final Set<EventPump> RUNNING = new HashSet<>();
    private static Thread hook;

    private final ClientState client;
    private final NativeHandle subscription;

    private EventPump(ClientState client, long subscription) {
        this.client = client;
        this.subscription = new NativeHandle(subscription, "the subscription") {
            @Override
            void free(long handle) {
                Native.subscriptionFree(handle);
            }
        };
    }

    /** Subscribes to all events of the client, and starts the thread. */
    static EventPump start(ClientState client, long clientPointer) {
        long[] out = new long[1];
        EvercredException.check(Native.subscriptionOpen(clientPointer, 0, out));
        EventPump pump = new EventPump(client, out[0]);
        pump.register();
        try {
            Threads.daemon("evercred-events", pump);
        } catch (OutOfMemoryError e) {
            pump.unregister();
            pump.subscription.leave();
            throw EvercredException.of(ErrorCode.RESOURCES, "no thread for events: " + e.getMessage(), e);
        }
        return pump;
    }

    /**
     * A JVM that ends waits a third of a second for threads that are in C, so a hook ends them. There is a hook only
     * while there is such a thread: it would keep the class loader of an undeployed application.
     */
    private void register() {
        LOCK.lock();
        try {
            if (RUNNING.isEmpty()) {
                hook = Threads.create("evercred-exit", new CloseAll());
                Runtime.getRuntime().addShutdownHook(hook);
            }
        } catch (IllegalStateException e) {
            // The JVM ends already.
            hook = null;
        } finally {
            RUNNING.add(this);
            LOCK.unlock();
        }
    }

    private void unregister() {
        LOCK.lock();
        try {
            if (RUNNING.remove(this) && RUNNING.isEmpty() && hook != null) {
                Thread last = hook;
                hook = null;
                Runtime.getRuntime().removeShutdownHook(last);
            }
        } catch (IllegalStateException e) {
            // The hook runs.
        } finally {
            LOCK.unlock();
        }
    }

    private static final class CloseAll implements Runnable {
        @Override
        public void run() {
            List<EventPump> running;
            LOCK.lock();
            try {
                running = new ArrayList<>(RUNNING);
            } finally {
                LOCK.unlock();
            }
            for (EventPump pump : running) {
                pump.close();
            }
        }
    }

    @Override
    public void run() {
        try {
            pump();
        } catch (EvercredClosedException e) {
            // The client or this pump; those that still wait hear it from the library.
            client.pumpEnded(this, false);
            client.settleAll();
        } finally {
            boolean isUnwanted = !subscription.beginClose();
            if (!isUnwanted) {
                subscription.leave();
            }
            unregister();
            client.pumpEnded(this, !isUnwanted);
        }
    }

    /** Returns when nobody has waited for a while. No other failure than the close ends it: all callers depend on it. */
    private void pump() {
        int idleLooks = 0;
        long nextLook = System.nanoTime() + LOOK_AGAIN_NANOS;
        while (true) {
            try {
                Event event = next(nextLook - System.nanoTime());
                if (event != null) {
                    client.dispatch(event);
                }
                // Events of others do not put off the look.
                if (nextLook - System.nanoTime() > 0) {
                    continue;
                }
                nextLook = System.nanoTime() + LOOK_AGAIN_NANOS;
                boolean end = idleLooks >= IDLE_LOOKS;
                if (!client.isIdle(this, end)) {
                    idleLooks = 0;
                    client.settleAll();
                } else if (end) {
                    return;
                } else {
                    idleLooks++;
                }
            } catch (EvercredClosedException e) {
                throw e;
            } catch (Throwable e) {
                Threads.report(e);
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private Event next(long nanos) {
        long pointer = subscription.enter();
        try {
            long[] out = new long[1];
            EvercredException.check(Native.subscriptionNext(pointer, SourceState.millis(nanos), out));
            return out[0] == 0 ? null : Event.take(out[0]);
        } finally {
            subscription.leave();
        }
    }

    /** Ends the thread, at once and from any thread. */
    void close() {
        if (subscription.beginClose()) {
            Native.subscriptionClose(subscription.pointer());
            subscription.leave();
        }
    }
}
