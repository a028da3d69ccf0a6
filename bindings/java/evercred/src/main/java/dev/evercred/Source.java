package dev.evercred;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A value that is kept fresh: the password of a database account, a managed secret, or a login identity. Sources of
 * the same thing with the same options share one value. Any number of threads may use it.
 *
 * <p>A call that waits leaves at its timeout, when its thread is interrupted ({@link EvercredInterruptedException}),
 * and when the source or its client is closed ({@link EvercredClosedException}), within a millisecond. While the value
 * is fresh, {@link #get()} waits for nothing, so that it looks neither at the interrupt status nor at the timeout.
 */
public final class Source implements AutoCloseable {
    /** How long {@code call} waits for another credential after a report above the limit. */
    private static final long LIMITED_WAIT_NANOS = 1_000_000_000;

    /** Keeps the client open. */
    private final EvercredClient client;

    final SourceState state;
    private final Reaper reaper;

    Source(EvercredClient client, SourceState state) {
        this.client = client;
        this.state = state;
        reaper = Reaper.watch(this, state);
    }

    /** The source's name in reports, logs and events. It holds no secret. */
    public String name() {
        return state.name;
    }

    /**
     * Returns the current credential. A fresh one is returned at once, by two reads of memory. Otherwise the call
     * waits for a refresh, at most the option {@code total_timeout_ms}. Where it may return the old value in the end,
     * it waits at most {@code refresh_wait_ms} for a new one, and then returns the old one with its state.
     *
     * @throws EvercredTimeoutException if there is no value within the timeout
     * @throws EvercredException why the refresh failed
     */
    public Credential get() {
        Credential credential = state.current;
        // The order matters: the generation is read after the credential.
        if (credential != null && credential.generation() == state.generation.get(0)) {
            return credential;
        }
        return slowly(0, state.totalTimeoutNanos);
    }

    /** Like {@link #get()}, and waits at most {@code timeout}; zero does not wait. */
    public Credential get(Duration timeout) {
        Credential credential = state.current;
        if (credential != null && credential.generation() == state.generation.get(0)) {
            return credential;
        }
        return slowly(0, nanos(timeout));
    }

    private Credential slowly(long newerThan, long timeoutNanos) {
        try {
            return state.get(newerThan, timeoutNanos);
        } finally {
            Fence.keepReachable(this);
        }
    }

    /** Like {@link #getAsync(Executor)}, on the common pool. */
    public CompletableFuture<Credential> getAsync() {
        return getAsync(ForkJoinPool.commonPool());
    }

    /**
     * Like {@link #get()}, without a thread that waits. The future fails with what {@code get} throws; its deadline is
     * {@code total_timeout_ms} and up to a second more.
     *
     * @param executor completes the future if it was not complete at once. If it refuses, the future fails
     */
    public CompletableFuture<Credential> getAsync(Executor executor) {
        Objects.requireNonNull(executor, "executor");
        Credential credential = state.current;
        if (credential != null && credential.generation() == state.generation.get(0)) {
            return CompletableFuture.completedFuture(credential);
        }
        return state.getAsync(executor, this);
    }

    /** Returns the credential that the source holds, whatever its state. Neither waits nor starts a fetch. */
    public Optional<Credential> peek() {
        try {
            return Optional.ofNullable(state.peek());
        } finally {
            Fence.keepReachable(this);
        }
    }

    /** Like {@link #getNewer(Credential, Duration)}, within the option {@code total_timeout_ms}. */
    public Credential getNewer(Credential old) {
        return slowly(old.generation(), state.totalTimeoutNanos);
    }

    /**
     * Returns a credential with another value than {@code old}, for "it was reported, now the next one". While the
     * source holds the same value, the call waits for another one, at most {@code timeout}; zero does not wait.
     *
     * @throws EvercredTimeoutException if there is still no other value
     * @throws EvercredException the refusal of the cloud
     */
    public Credential getNewer(Credential old, Duration timeout) {
        return slowly(old.generation(), nanos(timeout));
    }

    /** Like {@link #refresh(Duration)}, within the option {@code total_timeout_ms}. */
    public Credential refresh() {
        return refresh(state.totalTimeoutNanos);
    }

    /**
     * Asks the cloud now, even if the value is fresh, and waits for the answer at most {@code timeout}; zero does not
     * wait. The request is sent after this call began. Calls at the same time share requests.
     *
     * @throws EvercredException why the refresh failed; with {@link ErrorCode#RATE_LIMITED} after too many calls in a
     *     short time. The source still holds its value
     */
    public Credential refresh(Duration timeout) {
        return refresh(nanos(timeout));
    }

    private Credential refresh(long timeoutNanos) {
        try {
            return state.refresh(timeoutNanos);
        } finally {
            Fence.keepReachable(this);
        }
    }

    /**
     * Reports that the service rejected this credential: a database answers "access denied", or a cloud does not know
     * the access key any more. If it is still the current one, one refresh starts, however many threads report it.
     * Reporting an old credential has no effect. Does not block. {@link #call(CredentialCall)} does it all.
     *
     * @throws EvercredException with {@link ErrorCode#RATE_LIMITED} after too many reports in a short time
     */
    public void reportRejected(Credential credential) {
        try {
            state.reportRejected(credential.generation());
        } finally {
            Fence.keepReachable(this);
        }
    }

    /**
     * Whether an error code of the service means that it rejects the credential: a driver's error number or SQL state,
     * or an SDK's error code. The option {@code rejected_codes} lists them.
     */
    public boolean isRejectionCode(String serviceCode) {
        try {
            return state.isRejectionCode(serviceCode);
        } finally {
            Fence.keepReachable(this);
        }
    }

    /**
     * Whether this failure, one of its causes, or a further exception of an {@link java.sql.SQLException} has a vendor
     * code or a SQL state that means that the credential was rejected.
     */
    public boolean isRejection(Throwable failure) {
        return isRejection(failure, error -> null);
    }

    /**
     * Like {@link #isRejection(Throwable)}, also for exceptions of an SDK.
     *
     * @param codeOf returns the SDK's error code of an exception, or null
     */
    public boolean isRejection(Throwable failure, Function<? super Throwable, String> codeOf) {
        return Rejections.find(failure, codeOf, this::isRejectionCode);
    }

    /**
     * Makes a call with the current credential. If it fails because the service rejected the credential, the
     * credential is reported, and the call is made once more with the next one. After too many reports in a short time
     * it waits for the next one at most a second: another credential is not asked for at once then, but may come.
     *
     * @throws E what the call throws the last time. What prevented a second one is added as a suppressed exception
     * @throws EvercredException if there is no credential for the first call
     */
    public <T, E extends Exception> T call(CredentialCall<T, E> call) throws E {
        return call(call, error -> null);
    }

    /**
     * Like {@link #call(CredentialCall)}, also for exceptions of an SDK.
     *
     * @param codeOf returns the SDK's error code of an exception, or null
     */
    public <T, E extends Exception> T call(CredentialCall<T, E> call, Function<? super Throwable, String> codeOf)
            throws E {
        Credential credential = get();
        Credential newer;
        try {
            return call.with(credential);
        } catch (Exception failure) {
            newer = afterRejection(credential, failure, codeOf);
            if (newer == null) {
                throw failure;
            }
        }
        return call.with(newer);
    }

    /** The credential to try again with; null if there is none or the failure has another reason. */
    private Credential afterRejection(
            Credential rejected, Exception failure, Function<? super Throwable, String> codeOf) {
        try {
            return isRejection(failure, codeOf) ? replacement(rejected, failure) : null;
        } catch (RuntimeException | Error e) {
            // The caller learns why its call failed, whatever went wrong after that.
            suppress(failure, e);
            return null;
        }
    }

    private Credential replacement(Credential rejected, Exception failure) {
        try {
            reportRejected(rejected);
        } catch (EvercredException e) {
            if (e.code() != ErrorCode.RATE_LIMITED) {
                throw e;
            }
            // The value is rejected all the same, and another one may be on its way. It is not asked for now, so there
            // is no use in a long wait.
            suppress(failure, e);
            return slowly(rejected.generation(), Math.min(LIMITED_WAIT_NANOS, state.totalTimeoutNanos));
        }
        return getNewer(rejected);
    }

    private static void suppress(Exception failure, Throwable further) {
        // A function of the program may throw again what it is given, and nothing can suppress itself.
        if (further != failure) {
            failure.addSuppressed(further);
        }
    }

    /** The status: state, expiry, next refresh, failures and last error. */
    public Status status() {
        try {
            return state.status();
        } finally {
            Fence.keepReachable(this);
        }
    }

    /** Subscribes to the future events of this source. */
    public Subscription subscribe() {
        return new Subscription(this, state.client, new EventQueue(state), true);
    }

    /**
     * Calls a listener with the future events of this source, one after another and in their order, until the
     * subscription, the source or the client is closed.
     *
     * @param executor runs the listener
     */
    public Subscription subscribe(Executor executor, Consumer<? super Event> listener) {
        return EvercredClient.listen(this, state.client, state, executor, listener, null);
    }

    /**
     * Like {@link #subscribe(Executor, Consumer)}, and calls {@code onClosed} once after the last event, when the
     * subscription, the source or the client is closed.
     */
    public Subscription subscribe(Executor executor, Consumer<? super Event> listener, Runnable onClosed) {
        Objects.requireNonNull(onClosed, "onClosed");
        return EvercredClient.listen(this, state.client, state, executor, listener, onClosed);
    }

    /** Whether {@link #close()} was called. */
    public boolean isClosed() {
        return state.handle.isClosed();
    }

    /**
     * Closes the source. Calls that wait throw {@link EvercredClosedException}, and so do later ones. A second call
     * has no effect. Does not block.
     */
    @Override
    public void close() {
        state.run();
        reaper.forget();
    }

    /** The name of the source, and whether it is closed. */
    @Override
    public String toString() {
        return "Source{" + state.name + (isClosed() ? ", closed}" : "}");
    }

    static long nanos(Duration timeout) {
        if (timeout.isNegative()) {
            return 0;
        }
        try {
            return timeout.toNanos();
        } catch (ArithmeticException e) {
            // Longer than 292 years.
            return Long.MAX_VALUE >> 1;
        }
    }
}
