package dev.evercred;

/** The threads of this library: platform threads, daemons, without the context of the thread that starts them. */
final class Threads {
    private Threads() {}

    /** Starts a daemon. */
    static Thread daemon(String name, Runnable run) {
        Thread thread = create(name, run);
        thread.start();
        return thread;
    }

    /** Tells the thread's handler of a failure that must not end what the thread does. */
    static void report(Throwable failure) {
        try {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
        } catch (Throwable e) {
            // The handler is the program's.
        }
    }

    static Thread create(String name, Runnable run) {
        Thread thread = new Thread(null, run, name, 256 * 1024);
        thread.setDaemon(true);
        // An application's class loader must not live as long as this thread.
        thread.setContextClassLoader(null);
        return thread;
    }
}
