package dev.evercred;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * A configuration and the sources that are opened with it. Thread-safe; an application usually has one.
 *
 * <p>The library has at most one background thread for all sources of a client, and this class one more while somebody
 * waits for a value or for events. Neither keeps the JVM running. A client that nobody can reach any more is closed.
 */
public final class EvercredClient implements AutoCloseable {
    private final ClientState state;
    private final Reaper reaper;

    private EvercredClient(ClientState state) {
        this.state = state;
        reaper = Reaper.watch(this, state);
    }

    /**
     * A client with default options: the login identity comes from the environment, a profile or the machine's role.
     */
    public static EvercredClient create() {
        return builder().build();
    }

    /** A builder without options. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Opens the password of a Tencent Cloud database account with CAM authentication. The first {@link Source#get()}
     * makes the first fetch, unless the option {@code prefetch} is on. Blocks while it reads the files that options
     * name.
     *
     * @param region such as {@code ap-guangzhou}
     * @param instanceId such as {@code cdb-example1}
     * @param user the database account
     * @throws EvercredException if an argument or option cannot be used; the message names it
     */
    public Source database(String region, String instanceId, String user) {
        return database(region, instanceId, user, SourceOptions.create());
    }

    /** Like {@link #database(String, String, String)}, with options that override the client's. */
    public Source database(String region, String instanceId, String user, SourceOptions overrides) {
        byte[] regionText = Texts.utf8("region", region);
        byte[] instanceText = Texts.utf8("instanceId", instanceId);
        byte[] userText = Texts.utf8("user", user);
        return open(overrides, new Opener() {
            @Override
            long open(long client, long config, long[] out) {
                return Native.sourceOpenDatabaseWith(client, config, regionText, instanceText, userText, out);
            }
        });
    }

    /**
     * Opens a managed secret of Alibaba Cloud's KMS Secrets Manager. {@link Credential#kind()} says what it holds.
     * Blocks while it reads the files that options name.
     *
     * @throws EvercredException if an argument or option cannot be used; the message names it
     */
    public Source managed(String secretName) {
        return managed(secretName, SourceOptions.create());
    }

    /** Like {@link #managed(String)}, with options that override the client's. */
    public Source managed(String secretName, SourceOptions overrides) {
        byte[] name = Texts.utf8("secretName", secretName);
        return open(overrides, new Opener() {
            @Override
            long open(long client, long config, long[] out) {
                return Native.sourceOpenManagedWith(client, config, name, out);
            }
        });
    }

    /**
     * Opens the login identity of a cloud itself: an access key, with a security token and an end if it is temporary,
     * which any SDK can sign with. Blocks while it reads the files that options name.
     *
     * @param cloud {@code tencent} or {@code aliyun}
     * @throws EvercredException if an argument or option cannot be used; the message names it
     */
    public Source identity(String cloud) {
        return identity(cloud, SourceOptions.create());
    }

    /** Like {@link #identity(String)}, with options that override the client's. */
    public Source identity(String cloud, SourceOptions overrides) {
        byte[] name = Texts.utf8("cloud", cloud);
        return open(overrides, new Opener() {
            @Override
            long open(long client, long config, long[] out) {
                return Native.sourceOpenIdentityWith(client, config, name, out);
            }
        });
    }

    /** Classes instead of lambdas where every program passes: the first lambdas cost a JVM milliseconds. */
    private abstract static class Opener {
        abstract long open(long client, long config, long[] out);
    }

    private Source open(SourceOptions overrides, Opener opener) {
        Objects.requireNonNull(overrides, "overrides");
        long pointer = state.handle.enter();
        long[] out = new long[1];
        long config = 0;
        try {
            EvercredException.check(Native.configNew(out));
            config = out[0];
            overrides.apply(config);
            if (overrides.hasIdentityCallback()) {
                state.hasCallbacks = true;
            }
            EvercredException.check(opener.open(pointer, config, out));
            return new Source(this, new SourceState(state, out[0]));
        } finally {
            Native.configFree(config);
            state.handle.leave();
            Fence.keepReachable(this);
        }
    }

    /** A report on every open source, login identities included. It holds no secret. Does not block. */
    public String report(ReportFormat format) {
        long pointer = state.handle.enter();
        try {
            long[] out = new long[1];
            EvercredException.check(Native.clientReport(pointer, format.number(), out));
            try {
                return Texts.of(Native.reportText(out[0]));
            } finally {
                Native.reportFree(out[0]);
            }
        } finally {
            state.handle.leave();
            Fence.keepReachable(this);
        }
    }

    /** Subscribes to the future events of all sources, login identities included, and of the CA files. */
    public Subscription subscribe() {
        return new Subscription(this, state, new EventQueue(null), true);
    }

    /**
     * Calls a listener with the future events of all sources, one after another and in their order, until the
     * subscription or the client is closed.
     *
     * @param executor runs the listener
     */
    public Subscription subscribe(Executor executor, Consumer<? super Event> listener) {
        return listen(this, state, null, executor, listener, null);
    }

    /**
     * Like {@link #subscribe(Executor, Consumer)}, and calls {@code onClosed} once after the last event, when the
     * subscription or the client is closed.
     */
    public Subscription subscribe(Executor executor, Consumer<? super Event> listener, Runnable onClosed) {
        return listen(this, state, null, executor, listener, Objects.requireNonNull(onClosed, "onClosed"));
    }

    static Subscription listen(
            Object owner,
            ClientState client,
            SourceState source,
            Executor executor,
            Consumer<? super Event> listener,
            Runnable onClosed) {
        Objects.requireNonNull(executor, "executor");
        Objects.requireNonNull(listener, "listener");
        return new Subscription(owner, client, new EventQueue(source, executor, listener, onClosed), false);
    }

    /** Whether {@link #close()} was called. */
    public boolean isClosed() {
        return state.handle.isClosed();
    }

    /**
     * Closes the client and so all its sources: calls that wait throw {@link EvercredClosedException} at once, and so
     * do later ones. Credentials stay readable. A second call has no effect. Blocks at most one second, until the
     * background thread ends; with {@code cache_file}, at most two seconds more.
     */
    @Override
    public void close() {
        state.run();
        reaper.forget();
    }

    /** The version of the native library, such as {@code 0.1.0}. */
    public static String libraryVersion() {
        NativeLibrary.load();
        return Texts.of(Native.version());
    }

    /** Whether it is closed. */
    @Override
    public String toString() {
        return isClosed() ? "EvercredClient{closed}" : "EvercredClient{}";
    }

    /** Options of a client. Not thread-safe. It may build several clients. */
    public static final class Builder extends ClientSettings<Builder> {
        private LogLevel level;
        private Callbacks.Log log;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Receives the log messages of this level and of all more severe ones; without it the library logs nothing. It
         * runs on a thread of the library or of a caller, on several at the same time, and must not block. No message
         * holds a secret. What it throws is dropped.
         */
        public Builder logger(LogLevel level, BiConsumer<LogLevel, String> logger) {
            this.level = Objects.requireNonNull(level, "level");
            this.log = new Callbacks.Log(Objects.requireNonNull(logger, "logger"));
            return this;
        }

        /**
         * Creates the client. Blocks while it reads the files that options name, and in the first call of a process
         * while the native library is loaded.
         *
         * @throws EvercredException if an option cannot be used, which the message names, or if the native library
         *     cannot be loaded
         */
        public EvercredClient build() {
            NativeLibrary.load();
            long[] out = new long[1];
            EvercredException.check(Native.configNew(out));
            long config = out[0];
            try {
                if (log != null) {
                    EvercredException.check(Native.configSetLogCallback(config, level.number(), log));
                }
                apply(config);
                EvercredException.check(Native.clientNew(config, out));
            } finally {
                Native.configFree(config);
            }
            return new EvercredClient(new ClientState(out[0], log != null || hasIdentityCallback()));
        }
    }
}
