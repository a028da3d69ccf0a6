package dev.evercred;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * A handle of C with a count of its users. The owner is one, and each call that uses the handle. The count is raised
 * only from above 0, and the last user frees: a call that is inside when the owner closes keeps what it uses,
 * and no later call gets in.
 */
abstract class NativeHandle {
    private static final AtomicIntegerFieldUpdater<NativeHandle> USERS =
            AtomicIntegerFieldUpdater.newUpdater(NativeHandle.class, "users");
    private static final AtomicIntegerFieldUpdater<NativeHandle> CLOSED =
            AtomicIntegerFieldUpdater.newUpdater(NativeHandle.class, "closed");

    private final long pointer;
    private final String what;
    private volatile int users = 1;
    private volatile int closed;

    /**
     * @param what names the object in the message of a call after the close
     */
    NativeHandle(long pointer, String what) {
        this.pointer = pointer;
        this.what = what;
    }

    /** Frees the handle; called once. (A class costs less at the start of a JVM than a lambda.) */
    abstract void free(long handle);

    /** Begins a use, which ends with {@link #leave}. */
    long enter() {
        while (closed == 0) {
            int now = users;
            if (now == 0) {
                break;
            }
            if (USERS.compareAndSet(this, now, now + 1)) {
                return pointer;
            }
        }
        throw closedException();
    }

    void leave() {
        if (USERS.decrementAndGet(this) == 0) {
            free(pointer);
        }
    }

    boolean isClosed() {
        return closed != 0;
    }

    EvercredClosedException closedException() {
        return EvercredException.closed(what);
    }

    /**
     * Begins to close: true for the first caller, who stops the users inside with the pointer that {@link #pointer}
     * returns and then leaves in place of the owner.
     */
    boolean beginClose() {
        return CLOSED.compareAndSet(this, 0, 1);
    }

    /** For the one that closes, before it leaves. */
    long pointer() {
        return pointer;
    }
}
