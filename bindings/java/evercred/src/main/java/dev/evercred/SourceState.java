package dev.evercred;

import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What a {@link Source} is made of, without a reference to it.
 *
 * <p>No caller waits in C. A caller that finds no fresh value asks once, without a wait. If it must wait, it joins a
 * flight, and the client's thread, which does wait in C, asks again for all callers of the flight after each event of
 * the source.
 */
final class SourceState implements Runnable {
    final ClientState client;
    final NativeHandle handle;
    final String name;
    /** How long a call without a timeout waits. */
    final long totalTimeoutNanos;
    /** The published generation: 0, or that of the credential that is returned without a wait. */
    final LongBuffer generation;
    /** The last credential that was handed out. It is the current one if its generation is the published one. */
    volatile Credential current;

    private final ReentrantLock lock = new ReentrantLock();
    private final List<Flight> flights = new ArrayList<>(2);
    private CompletableFuture<Credential> nextRefresh;
    private long nextRefreshTimeoutMs;
    private boolean isRefreshing;

    SourceState(ClientState client, long pointer) {
        this.client = client;
        totalTimeoutNanos = Native.sourceTotalTimeoutMs(pointer) * 1_000_000;
        handle = new NativeHandle(pointer, "the source") {
            @Override
            void free(long source) {
                Native.sourceFree(source);
            }
        };
        name = Texts.of(Native.sourceName(pointer));
        generation = Native.sourceGenerationAddress(pointer)
                .order(ByteOrder.nativeOrder())
                .asReadOnlyBuffer()
                .order(ByteOrder.nativeOrder())
                .asLongBuffer();
    }

    /** Waits for a value other than that of the generation (0: any). */
    Credential get(long newerThan, long timeoutNanos) {
        Credential held = attempt(newerThan);
        if (held != null) {
            return held;
        }
        if (timeoutNanos <= 0) {
            return attemptAtDeadline(newerThan);
        }
        long deadline = System.nanoTime() + timeoutNanos;
        Flight flight = join(newerThan, false);
        try {
            return flight.result.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return attemptAtDeadline(newerThan);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EvercredInterruptedException(name, e);
        } catch (ExecutionException e) {
            throw unwrap(e.getCause());
        } finally {
            leave(flight);
        }
    }

    /**
     * The future of a caller that does not wait. The caller leaves when its future is complete, however that comes.
     *
     * @param owner stays reachable, so open, as long as the flight lasts
     */
    CompletableFuture<Credential> getAsync(Executor executor, Object owner) {
        CompletableFuture<Credential> mine = new CompletableFuture<>();
        try {
            Credential held = attempt(0);
            if (held != null) {
                mine.complete(held);
                return mine;
            }
            Flight flight = join(0, true);
            mine.whenComplete((credential, error) -> leave(flight));
            if (flight.result.isDone()) {
                flight.result.whenComplete((credential, error) -> deliver(mine, credential, error));
                return mine;
            }
            flight.result
                    .whenCompleteAsync(
                            (credential, error) -> {
                                deliver(mine, credential, error);
                                Fence.keepReachable(owner);
                            },
                            executor)
                    .whenComplete((credential, error) -> undelivered(mine, error));
        } catch (EvercredException e) {
            mine.completeExceptionally(e);
        }
        return mine;
    }

    private static void deliver(CompletableFuture<Credential> mine, Credential credential, Throwable error) {
        if (error == null) {
            mine.complete(credential);
        } else {
            mine.completeExceptionally(unwrap(error));
        }
    }

    /** The executor may have refused to complete the future. */
    private void undelivered(CompletableFuture<Credential> mine, Throwable error) {
        if (error == null || mine.isDone()) {
            return;
        }
        Throwable cause = error instanceof CompletionException ? error.getCause() : error;
        mine.completeExceptionally(cause instanceof EvercredException
                ? unwrap(cause)
                : EvercredException.of(
                        ErrorCode.RESOURCES, name + ": the executor does not complete the future: " + cause, cause));
    }

    static RuntimeException unwrap(Throwable error) {
        Throwable cause = error instanceof CompletionException ? error.getCause() : error;
        if (cause instanceof EvercredException) {
            return ((EvercredException) cause).again();
        }
        return EvercredException.of(ErrorCode.INTERNAL, "a wait failed: " + cause, cause);
    }

    /** What is there without a wait; null: nothing yet. */
    private Credential attempt(long newerThan) {
        long pointer = handle.enter();
        try {
            long[] out = new long[1];
            if (newerThan == 0) {
                EvercredException.check(Native.sourceTryGet(pointer, out));
            } else {
                long error = Native.sourceGetNewer(pointer, newerThan, 0, out);
                if (error != 0 && Native.errorCode(error) == ErrorCode.TIMEOUT.number()) {
                    Native.errorFree(error);
                } else {
                    EvercredException.check(error);
                }
            }
            return out[0] == 0 ? null : keep(out[0]);
        } finally {
            handle.leave();
        }
    }

    /** At the end of a wait: a held value that the library hands out in the end, or the error with the last cause. */
    private Credential attemptAtDeadline(long newerThan) {
        long pointer = handle.enter();
        try {
            long[] out = new long[1];
            EvercredException.check(
                    newerThan == 0
                            ? Native.sourceGet(pointer, 0, out)
                            : Native.sourceGetNewer(pointer, newerThan, 0, out));
            return keep(out[0]);
        } finally {
            handle.leave();
        }
    }

    /** Copies a credential of C, frees it, and makes it the one that is compared first from now on. */
    Credential keep(long credential) {
        Credential copy;
        try {
            Credential held = current;
            if (held != null && held.generation() == Native.credentialGeneration(credential)) {
                return held;
            }
            copy = Credential.read(credential);
        } finally {
            Native.credentialFree(credential);
        }
        current = copy;
        if (handle.isClosed()) {
            current = null;
        }
        return copy;
    }

    /** {@code isTimed}: the flight itself ends at the library's timeout, because no thread waits for it. */
    Flight join(long newerThan, boolean isTimed) {
        Flight flight = null;
        boolean isNew = false;
        long now = System.nanoTime();
        lock.lock();
        try {
            for (Flight candidate : flights) {
                if (candidate.suits(newerThan, isTimed, now)) {
                    flight = candidate;
                }
            }
            if (flight == null) {
                if (handle.isClosed()) {
                    throw handle.closedException();
                }
                flight = new Flight(newerThan, isTimed, now, totalTimeoutNanos);
                isNew = true;
                client.follow(this);
                flights.add(flight);
            }
            flight.waiters++;
        } finally {
            lock.unlock();
        }
        if (isNew) {
            // The value may have come before the client's thread followed this source.
            settle(flight, null);
        }
        return flight;
    }

    private void leave(Flight flight) {
        lock.lock();
        try {
            if (--flight.waiters == 0) {
                remove(flight);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The lock is held. */
    private boolean remove(Flight flight) {
        boolean removed = flights.remove(flight);
        if (removed && flights.isEmpty()) {
            client.unfollow(this);
        }
        return removed;
    }

    /** Asks again for all that wait. {@code event} is null if none happened. */
    void settle(Event event) {
        for (Flight flight : waiting()) {
            settle(flight, event);
        }
    }

    private void settle(Flight flight, Event event) {
        try {
            Credential credential = attempt(flight.newerThan);
            if (credential == null && event != null && event.kind() == EventKind.REFRESH_FAILED) {
                credential = afterFailure(flight, event);
            }
            if (credential == null && flight.isOver(System.nanoTime())) {
                credential = attemptAtDeadline(flight.newerThan);
            }
            if (credential != null) {
                finish(flight, credential, null);
            }
        } catch (EvercredException e) {
            finish(flight, null, e);
        } catch (RuntimeException | Error e) {
            // On the client's thread: the callers of other flights go on.
            finish(flight, null, EvercredException.of(ErrorCode.INTERNAL, "a wait failed: " + e, e));
        }
    }

    /** A fetch failed: `get` of the library would return its error now if nothing else can be returned. */
    private Credential afterFailure(Flight flight, Event event) {
        EvercredException error = event.error().orElse(null);
        if (error == null) {
            return null;
        }
        if (flight.newerThan != 0 || stateIsRejected()) {
            // Another value may need several fetches.
            if (error.isRetryable()) {
                return null;
            }
            throw error;
        }
        try {
            return attemptAtDeadline(0);
        } catch (EvercredTimeoutException e) {
            throw error;
        }
    }

    private boolean stateIsRejected() {
        return status().state() == State.REJECTED;
    }

    private void finish(Flight flight, Credential credential, EvercredException error) {
        lock.lock();
        try {
            // First, so that no caller joins a flight that has ended.
            if (!remove(flight)) {
                return;
            }
        } finally {
            lock.unlock();
        }
        if (error == null) {
            flight.result.complete(credential);
        } else {
            flight.result.completeExceptionally(error);
        }
    }

    /** Wakes all that wait. */
    void fail(EvercredException error) {
        failFlights(error);
        CompletableFuture<Credential> refresh;
        lock.lock();
        try {
            refresh = nextRefresh;
            nextRefresh = null;
        } finally {
            lock.unlock();
        }
        if (refresh != null) {
            refresh.completeExceptionally(error);
        }
    }

    /** Wakes all that wait for events. */
    void failFlights(EvercredException error) {
        for (Flight flight : waiting()) {
            finish(flight, null, error);
        }
    }

    List<Flight> waiting() {
        lock.lock();
        try {
            return new ArrayList<>(flights);
        } finally {
            lock.unlock();
        }
    }

    void reportRejected(long rejected) {
        long pointer = handle.enter();
        long error;
        try {
            error = Native.sourceReportRejectedGeneration(pointer, rejected);
        } finally {
            handle.leave();
        }
        lock.lock();
        try {
            for (Flight flight : flights) {
                flight.isJoinable = false;
            }
        } finally {
            lock.unlock();
        }
        // Also after too many reports the value is rejected.
        EvercredException.check(error);
    }

    /**
     * Asks the cloud now. Callers that come while a refresh runs share the next one, which begins after they came. C
     * has no form that does not wait, so a thread of the client's waits there.
     */
    Credential refresh(long timeoutNanos) {
        CompletableFuture<Credential> result;
        boolean begin = false;
        lock.lock();
        try {
            if (handle.isClosed()) {
                throw handle.closedException();
            }
            if (nextRefresh == null) {
                nextRefresh = new CompletableFuture<>();
                nextRefreshTimeoutMs = 0;
            }
            result = nextRefresh;
            nextRefreshTimeoutMs = Math.max(nextRefreshTimeoutMs, millis(timeoutNanos));
            if (!isRefreshing) {
                isRefreshing = true;
                begin = true;
            }
        } finally {
            lock.unlock();
        }
        if (begin) {
            begin();
        }
        try {
            return result.get(Math.max(timeoutNanos, 0), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw EvercredException.of(
                    ErrorCode.TIMEOUT, name + ": no answer to the refresh within the timeout; allow more time", null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EvercredInterruptedException(name, e);
        } catch (ExecutionException e) {
            throw unwrap(e.getCause());
        }
    }

    private void begin() {
        try {
            client.execute(this::runRefreshes);
        } catch (RuntimeException | Error e) {
            CompletableFuture<Credential> failed;
            lock.lock();
            try {
                failed = nextRefresh;
                nextRefresh = null;
                isRefreshing = false;
            } finally {
                lock.unlock();
            }
            if (failed != null) {
                failed.completeExceptionally(e);
            }
        }
    }

    private void runRefreshes() {
        while (true) {
            CompletableFuture<Credential> result;
            long timeoutMs;
            lock.lock();
            try {
                result = nextRefresh;
                timeoutMs = nextRefreshTimeoutMs;
                nextRefresh = null;
                if (result == null) {
                    isRefreshing = false;
                    return;
                }
            } finally {
                lock.unlock();
            }
            refreshOnce(result, timeoutMs);
        }
    }

    private void refreshOnce(CompletableFuture<Credential> result, long timeoutMs) {
        try {
            long pointer = handle.enter();
            try {
                long[] out = new long[1];
                EvercredException.check(Native.sourceRefresh(pointer, timeoutMs, out));
                result.complete(keep(out[0]));
            } finally {
                handle.leave();
            }
        } catch (RuntimeException | Error e) {
            // The next refresh is to run, whatever happened to this one.
            result.completeExceptionally(e);
        }
    }

    static long millis(long nanos) {
        return nanos <= 0 ? 0 : (nanos - 1) / 1_000_000 + 1;
    }

    Credential peek() {
        long pointer = handle.enter();
        try {
            long[] out = new long[1];
            EvercredException.check(Native.sourcePeek(pointer, out));
            if (out[0] == 0) {
                return null;
            }
            try {
                return Credential.read(out[0]);
            } finally {
                Native.credentialFree(out[0]);
            }
        } finally {
            handle.leave();
        }
    }

    Status status() {
        long pointer = handle.enter();
        try {
            long[] out = new long[1];
            EvercredException.check(Native.sourceStatus(pointer, out));
            return Status.take(out[0]);
        } finally {
            handle.leave();
        }
    }

    boolean isRejectionCode(String serviceCode) {
        long pointer = handle.enter();
        try {
            return Native.sourceIsRejectionCode(pointer, Texts.utf8("serviceCode", serviceCode));
        } finally {
            handle.leave();
        }
    }

    /** Closes the source; {@link Reaper} calls it too. */
    @Override
    public void run() {
        if (!handle.beginClose()) {
            return;
        }
        current = null;
        fail(handle.closedException());
        client.sourceClosed(this);
        Native.sourceClose(handle.pointer());
        handle.leave();
    }
}
