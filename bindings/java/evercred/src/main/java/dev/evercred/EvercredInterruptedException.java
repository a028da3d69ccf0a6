package dev.evercred;

/** The thread was interrupted while the call waited. The thread's interrupt status is set again. */
public final class EvercredInterruptedException extends EvercredException {
    private static final long serialVersionUID = 1;

    EvercredInterruptedException(String name, InterruptedException cause) {
        super(new Details(ErrorCode.UNKNOWN, name + ": the thread was interrupted while it waited"), cause);
    }
}
