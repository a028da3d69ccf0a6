package dev.evercred;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Closes objects that a program forgot to close. Nothing depends on it. Its thread exists only while something is
 * open, so that it keeps no class loader of an undeployed application.
 */
final class Reaper extends PhantomReference<Object> {
    private static final ReferenceQueue<Object> QUEUE = new ReferenceQueue<>();
    private static final ReentrantLock LOCK = new ReentrantLock();
    private static final Set<Reaper> OPEN = Collections.newSetFromMap(new IdentityHashMap<>());
    /** How long the thread stays when nothing is open: programs that open and close do not start one each time. */
    private static final long LINGER_MS = 5_000;

    private static Thread thread;

    private final Runnable close;

    private Reaper(Object owner, Runnable close) {
        super(owner, QUEUE);
        this.close = close;
    }

    /**
     * Calls {@code close} when nobody can reach the owner any more.
     *
     * @param close does not refer to the owner
     */
    static Reaper watch(Object owner, Runnable close) {
        Reaper reaper = new Reaper(owner, close);
        LOCK.lock();
        try {
            OPEN.add(reaper);
            if (thread == null) {
                thread = Threads.daemon("evercred-reaper", new Loop());
            }
        } finally {
            LOCK.unlock();
        }
        return reaper;
    }

    /** The owner was closed. */
    void forget() {
        LOCK.lock();
        try {
            if (OPEN.remove(this) && OPEN.isEmpty()) {
                // Wakes the thread, which then waits with a limit.
                enqueue();
            }
        } finally {
            LOCK.unlock();
        }
    }

    private static final class Loop implements Runnable {
        @Override
        public void run() {
            while (true) {
                try {
                    Reference<?> found = isIdle() ? QUEUE.remove(LINGER_MS) : QUEUE.remove();
                    if (found == null && ended()) {
                        return;
                    }
                    if (found != null) {
                        ((Reaper) found).reap();
                    }
                } catch (InterruptedException e) {
                    // Nobody has a reason to interrupt it.
                }
            }
        }
    }

    private void reap() {
        LOCK.lock();
        try {
            if (!OPEN.remove(this)) {
                return;
            }
        } finally {
            LOCK.unlock();
        }
        try {
            close.run();
        } catch (RuntimeException | Error e) {
            // The other forgotten objects are to be closed too.
        }
    }

    private static boolean isIdle() {
        LOCK.lock();
        try {
            return OPEN.isEmpty();
        } finally {
            LOCK.unlock();
        }
    }

    private static boolean ended() {
        LOCK.lock();
        try {
            if (OPEN.isEmpty()) {
                thread = null;
                return true;
            }
            return false;
        } finally {
            LOCK.unlock();
        }
    }
}
