package dev.evercred.testing;

import dev.evercred.AccessKey;
import dev.evercred.Credential;
import dev.evercred.EvercredClient;
import dev.evercred.EvercredException;
import dev.evercred.LogLevel;
import dev.evercred.ReportFormat;
import dev.evercred.Source;
import dev.evercred.SourceOptions;
import dev.evercred.Subscription;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Paths;
import java.time.Duration;
import java.time.Instant;

/** Programs that tests run in a JVM of their own. Each prints one line at its end. */
public final class Programs {
    private Programs() {}

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "version":
                version();
                break;
            case "exercise":
                exercise();
                break;
            case "leave-open":
                leaveOpen();
                break;
            case "two-loaders":
                twoLoaders(arguments[1]);
                break;
            case "unload":
                unload(arguments[1]);
                break;
            default:
                throw new IllegalArgumentException(arguments[0]);
        }
    }

    /** Loads the library; an error is one line. */
    static void version() {
        try {
            System.out.println("version " + EvercredClient.libraryVersion());
        } catch (EvercredException e) {
            System.out.println(e.code() + ": " + e.getMessage());
        }
    }

    private static EvercredClient.Builder client() {
        return EvercredClient.builder()
                .environment()
                .logger(LogLevel.DEBUG, (level, message) -> {})
                .identity(() -> AccessKey.temporary(
                        Emulator.TENCENT_ID, Emulator.TENCENT_KEY, "", Instant.now().plusSeconds(3600)));
    }

    /** Uses every function once or more, with callbacks, errors and closing. */
    static void exercise() throws Exception {
        for (int round = 0; round < 3; round++) {
            try (EvercredClient client = client().build();
                    Subscription events = client.subscribe();
                    Source source = client.database("ap-guangzhou", "cdb-1", "app");
                    Source identity = client.identity("tencent");
                    Source missing = client.database("ap-guangzhou", "cdb-1", "nobody", SourceOptions.create())) {
                Credential credential = source.get();
                for (int i = 0; i < 100_000; i++) {
                    source.get();
                }
                source.peek();
                source.status();
                identity.get();
                source.refresh();
                source.reportRejected(credential);
                source.getAsync().get();
                source.get();
                try {
                    missing.get();
                } catch (EvercredException e) {
                    missing.status();
                }
                try {
                    client.database("", "", "");
                } catch (EvercredException e) {
                    source.isRejectionCode("1045");
                }
                while (events.next(Duration.ZERO).isPresent()) {
                    client.report(ReportFormat.PROMETHEUS);
                }
            }
        }
        try {
            EvercredClient.builder().option("no_such_option", "x").build();
        } catch (EvercredException e) {
            System.out.println("done " + e.code());
        }
    }

    /** Ends with everything open, while calls wait in Java and in C and callbacks are set. */
    static void leaveOpen() throws Exception {
        EvercredClient client = client().build();
        Source source = client.database("ap-guangzhou", "cdb-1", "app");
        Subscription events = client.subscribe();
        Source slow = client.database("ap-guangzhou", "cdb-1", "slow");
        source.get();
        for (Runnable wait : new Runnable[] {
            () -> slow.get(Duration.ofMinutes(5)), () -> slow.refresh(Duration.ofMinutes(5)), () -> {
                while (true) {
                    events.next(Duration.ofMinutes(5));
                }
            }
        }) {
            Thread thread = new Thread(wait);
            thread.setDaemon(true);
            thread.start();
        }
        Thread.sleep(300);
        System.out.println("leaving at " + System.currentTimeMillis());
    }

    /** The library in two class loaders of one process, and both in use at the same time. */
    static void twoLoaders(String classPath) throws Exception {
        StringBuilder line = new StringBuilder("loaders");
        for (int i = 0; i < 3; i++) {
            URLClassLoader loader = new URLClassLoader(urls(classPath), ClassLoader.getPlatformClassLoader());
            Class<?> client = Class.forName("dev.evercred.EvercredClient", true, loader);
            Object opened = client.getMethod("create").invoke(null);
            line.append(' ').append(client.getMethod("libraryVersion").invoke(null));
            client.getMethod("close").invoke(opened);
        }
        long mapped = java.nio.file.Files.lines(Paths.get("/proc/self/maps"))
                .filter(map -> map.endsWith("/libevercred.so"))
                .map(map -> map.substring(map.indexOf('/')))
                .distinct()
                .count();
        System.out.println(line + ", libevercred " + mapped);
    }

    /** An application that has closed what it opened leaves nothing behind that keeps its class loader. */
    static void unload(String classPath) throws Exception {
        WeakReference<ClassLoader> application = new WeakReference<>(application(classPath));
        long deadline = System.nanoTime() + 40_000_000_000L;
        while (application.get() != null && System.nanoTime() < deadline) {
            System.gc();
            Thread.sleep(50);
        }
        System.out.println(application.get() == null ? "unloaded" : "still there");
    }

    /** Waits for a value, and for events, so that all threads of the library start. */
    private static ClassLoader application(String classPath) throws Exception {
        URLClassLoader loader = new URLClassLoader(urls(classPath), ClassLoader.getPlatformClassLoader());
        Class<?> type = Class.forName("dev.evercred.EvercredClient", true, loader);
        Object builder = type.getMethod("builder").invoke(null);
        builder = builder.getClass().getMethod("environment").invoke(builder);
        try (AutoCloseable client = (AutoCloseable) builder.getClass().getMethod("build").invoke(builder);
                AutoCloseable events = (AutoCloseable) type.getMethod("subscribe").invoke(client);
                AutoCloseable source = (AutoCloseable) type.getMethod("database", String.class, String.class, String.class)
                        .invoke(client, "ap-guangzhou", "cdb-1", "app")) {
            source.getClass().getMethod("get").invoke(source);
            source.getClass().getMethod("refresh").invoke(source);
        }
        return loader;
    }

    private static URL[] urls(String classPath) throws Exception {
        String[] parts = classPath.split(":");
        URL[] urls = new URL[parts.length];
        for (int i = 0; i < parts.length; i++) {
            urls[i] = Paths.get(parts[i]).toUri().toURL();
        }
        return urls;
    }
}
