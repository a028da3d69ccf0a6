package dev.evercred;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.evercred.testing.Emulator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A database account from the first fetch through rotations and refusals. */
@Timeout(60)
class DatabaseTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final String FETCH = "BuildDataFlowAuthToken";
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static Emulator cloud;

    private final String user = "app" + NUMBER.incrementAndGet();
    private EvercredClient client;

    @BeforeAll
    static void start() {
        cloud = Emulator.start();
    }

    @AfterAll
    static void stop() {
        cloud.close();
    }

    @BeforeEach
    void open() {
        cloud.addAccount("ap-guangzhou", "cdb-1", user);
        client = cloud.client().build();
    }

    @AfterEach
    void close() {
        cloud.clearFaults();
        client.close();
    }

    private Source database() {
        return client.database("ap-guangzhou", "cdb-1", user);
    }

    private String rotate() {
        return cloud.rotate("ap-guangzhou", "cdb-1", user);
    }

    @Test
    void theFirstGetFetchesAndLaterOnesDoNot() {
        try (Source source = database()) {
            assertFalse(source.peek().isPresent());
            long before = cloud.requests(FETCH);
            Credential credential = source.get();
            assertEquals(cloud.password("ap-guangzhou", "cdb-1", user), credential.password());
            assertEquals(user, credential.username());
            assertEquals(Kind.PASSWORD, credential.kind());
            assertEquals(State.FRESH, credential.state());
            assertEquals(Origin.CLOUD, credential.origin());
            assertTrue(credential.expiresAt().get().isAfter(Instant.now()));
            for (int i = 0; i < 1000; i++) {
                assertSame(credential, source.get());
            }
            assertSame(credential, source.get(Duration.ZERO));
            assertEquals(credential, source.peek().get());
            assertEquals(before + 1, cloud.requests(FETCH));
            Status status = source.status();
            assertEquals(1, status.fetches());
            assertEquals(State.FRESH, status.state());
            assertTrue(status.isTlsVerified());
            assertFalse(status.lastError().isPresent());
        }
    }

    @Test
    void aReportedCredentialIsReplaced() {
        try (Source source = database()) {
            Credential old = source.get();
            String password = rotate();
            assertSame(old, source.get(), "nobody has noticed the rotation yet");
            source.reportRejected(old);
            Credential newer = source.getNewer(old, LONG);
            assertEquals(password, newer.password());
            assertTrue(newer.generation() > old.generation());
            assertSame(newer, source.get());
            assertEquals(1, source.status().rejections());
        }
    }

    @Test
    void aCallIsRepeatedOnceWithTheNextCredential() throws SQLException {
        try (Source source = database()) {
            source.get();
            String password = rotate();
            AtomicInteger calls = new AtomicInteger();
            String used = source.call(credential -> {
                calls.incrementAndGet();
                if (!credential.password().equals(password)) {
                    throw new SQLException("Access denied", "28000", 1045);
                }
                return credential.password();
            });
            assertEquals(password, used);
            assertEquals(2, calls.get());
        }
    }

    /** A report above the limit asks for nothing, but the next credential comes for another reason. */
    @Test
    void aCallIsRepeatedAlsoAboveTheLimitOfReports() throws Exception {
        try (EvercredClient strict = cloud.client().forcedRefreshBurst(1).build();
                Source source = strict.database("ap-guangzhou", "cdb-1", user)) {
            Credential first = source.get();
            rotate();
            source.reportRejected(first);
            Credential held = source.getNewer(first, LONG);
            String password = rotate();
            FutureTask<Credential> refresh = new FutureTask<>(() -> {
                // The report comes first; this is bounded by the test's timeout.
                while (source.status().state() != State.REJECTED) {
                    Thread.sleep(1);
                }
                return source.refresh(LONG);
            });
            AtomicInteger calls = new AtomicInteger();
            String used = source.call(credential -> {
                if (calls.incrementAndGet() == 1) {
                    assertEquals(held, credential);
                    new Thread(refresh).start();
                    throw new SQLException("Access denied", "28000", 1045);
                }
                return credential.password();
            });
            assertEquals(password, used);
            assertEquals(2, calls.get());
            refresh.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void aCallAboveTheLimitOfReportsThatGetsNoOtherCredentialSaysSo() {
        try (EvercredClient strict = cloud.client().forcedRefreshBurst(1).build();
                Source source = strict.database("ap-guangzhou", "cdb-1", user)) {
            Credential first = source.get();
            rotate();
            source.reportRejected(first);
            source.getNewer(first, LONG);
            SQLException denied = new SQLException("Access denied", "28000", 1045);
            AtomicInteger calls = new AtomicInteger();
            assertSame(denied, assertThrows(SQLException.class, () -> source.call(credential -> {
                calls.incrementAndGet();
                throw denied;
            })));
            assertEquals(1, calls.get());
            assertEquals(2, denied.getSuppressed().length);
            assertEquals(ErrorCode.RATE_LIMITED, ((EvercredException) denied.getSuppressed()[0]).code());
            assertEquals(ErrorCode.TIMEOUT, ((EvercredException) denied.getSuppressed()[1]).code());
        }
    }

    @Test
    void theFailureOfACallIsNotLostToTheFunctionThatReadsIt() {
        try (Source source = database()) {
            SQLException denied = new SQLException("Access denied", "28000", 1045);
            IllegalArgumentException wrong = new IllegalArgumentException("a function that fails, for a test");
            assertSame(denied, assertThrows(SQLException.class, () -> source.call(
                    credential -> {
                        throw denied;
                    },
                    error -> {
                        throw wrong;
                    })));
            assertSame(wrong, denied.getSuppressed()[0]);
            IllegalStateException same = new IllegalStateException("x");
            assertSame(same, assertThrows(IllegalStateException.class, () -> source.call(
                    credential -> {
                        throw same;
                    },
                    error -> {
                        throw (IllegalStateException) error;
                    })));
        }
    }

    @Test
    void aCallThatFailsForAnotherReasonIsNotRepeated() {
        try (Source source = database()) {
            AtomicInteger calls = new AtomicInteger();
            SQLException thrown = assertThrows(SQLException.class, () -> source.call(credential -> {
                calls.incrementAndGet();
                throw new SQLException("a syntax error", "42000", 1064);
            }));
            assertEquals(1064, thrown.getErrorCode());
            assertEquals(1, calls.get());
            assertEquals(0, source.status().rejections());
        }
    }

    @Test
    void rejectionsAreFoundInCauses() {
        try (Source source = database()) {
            SQLException denied = new SQLException("denied", "28000", 1045);
            assertTrue(source.isRejectionCode("1045"));
            assertTrue(source.isRejection(denied));
            assertTrue(source.isRejection(new RuntimeException(new IllegalStateException(denied))));
            assertTrue(source.isRejection(new SQLException("password", "28P01")));
            SQLException chain = new SQLException("first", "08000", 7);
            chain.setNextException(denied);
            assertTrue(source.isRejection(chain));
            assertFalse(source.isRejection(new SQLException("gone", "08S01", 2006)));
            assertFalse(source.isRejection(new RuntimeException("1045")));
            assertTrue(source.isRejection(new RuntimeException("x"), error -> "1045"));
            RuntimeException circle = new RuntimeException("a");
            circle.initCause(new RuntimeException("b", circle));
            assertFalse(source.isRejection(circle));
        }
    }

    @Test
    void aRefreshAsksTheCloud() {
        try (Source source = database()) {
            Credential old = source.get();
            long before = cloud.requests(FETCH);
            Credential same = source.refresh(LONG);
            assertEquals(old.password(), same.password());
            assertEquals(before + 1, cloud.requests(FETCH));
            String password = rotate();
            assertEquals(password, source.refresh().password());
            assertEquals(password, source.get().password());
        }
    }

    @Test
    void tooManyRefreshesAreRefused() {
        try (Source source = database()) {
            EvercredException refused = assertThrows(EvercredException.class, () -> {
                for (int i = 0; i < 20; i++) {
                    source.refresh(LONG);
                }
            });
            assertEquals(ErrorCode.RATE_LIMITED, refused.code());
            assertTrue(refused.retryAfter().get().compareTo(Duration.ZERO) > 0);
        }
    }

    @Test
    void aFutureFailsIfItsExecutorRefuses() {
        cloud.fault("kind", "delay", "ms", 300, "action", FETCH, "times", 1);
        try (Source source = database()) {
            CompletableFuture<Credential> future = source.getAsync(task -> {
                throw new RejectedExecutionException("shut down, for a test");
            });
            ExecutionException failed =
                    assertThrows(ExecutionException.class, () -> future.get(20, TimeUnit.SECONDS));
            assertEquals(ErrorCode.RESOURCES, ((EvercredException) failed.getCause()).code());
            assertInstanceOf(RejectedExecutionException.class, failed.getCause().getCause());
        }
    }

    @Test
    void aCancelledFutureWaitsNoMore() throws Exception {
        cloud.fault("kind", "delay", "ms", 1000, "action", FETCH, "times", 1);
        try (Source source = database()) {
            CompletableFuture<Credential> cancelled = source.getAsync();
            CompletableFuture<Credential> other = source.getAsync();
            assertTrue(cancelled.cancel(false));
            assertEquals(1, source.state.waiting().size(), "somebody else waits");
            assertTrue(other.cancel(false));
            assertEquals(0, source.state.waiting().size());
            assertEquals(user, source.getAsync().get(20, TimeUnit.SECONDS).username());
        }
    }

    @Test
    void futuresAreCompleted() throws Exception {
        try (Source source = database()) {
            cloud.fault("kind", "delay", "ms", 200, "action", FETCH, "times", 1);
            Credential first = source.getAsync().get(20, TimeUnit.SECONDS);
            assertSame(first, source.getAsync().getNow(null));
        }
        try (Source missing = client.database("ap-guangzhou", "cdb-1", "nobody")) {
            ExecutionException failed = assertThrows(
                    ExecutionException.class, () -> missing.getAsync().get(20, TimeUnit.SECONDS));
            assertEquals(ErrorCode.REFUSED, ((EvercredException) failed.getCause()).code());
        }
    }

    @Test
    void theErrorOfAFailedFetchIsThrown() {
        try (Source missing = client.database("ap-guangzhou", "cdb-1", "nobody")) {
            EvercredException refused = assertThrows(EvercredException.class, missing::get);
            assertEquals(ErrorCode.REFUSED, refused.code());
            assertEquals("FailedOperation.FlowAuthIllegal", refused.providerCode().get());
            assertTrue(refused.requestId().isPresent());
            assertFalse(refused.isRetryable());
            assertEquals(Progress.ANSWERED, refused.progress());
            assertEquals(200, refused.httpStatus());
            assertEquals(State.EMPTY, missing.status().state());
            assertEquals(refused.code(), missing.status().lastError().get().code());
        }
    }

    @Test
    void anOutageEndsTheWaitWithItsReason() {
        cloud.fault("kind", "close-early", "action", FETCH);
        try (Source source = database()) {
            EvercredException failed = assertThrows(EvercredException.class, () -> source.get(LONG));
            assertEquals(ErrorCode.NETWORK, failed.code());
            assertTrue(failed.isRetryable());
            cloud.clearFaults();
            assertEquals(user, source.get(LONG).username());
        }
    }

    @Test
    void aTimeoutEndsTheWait() {
        cloud.fault("kind", "delay", "ms", 3000, "action", FETCH, "times", 1);
        try (Source source = database()) {
            EvercredTimeoutException late =
                    assertThrows(EvercredTimeoutException.class, () -> source.get(Duration.ofMillis(50)));
            assertEquals(ErrorCode.TIMEOUT, late.code());
            assertThrows(EvercredTimeoutException.class, () -> source.get(Duration.ZERO));
            assertEquals(user, source.get(LONG).username());
        }
    }

    @Test
    void theOptionIsTheTimeoutOfACallWithoutOne(@TempDir Path folder) throws Exception {
        // However it was set, and also where the first fetch is not what the call waits for.
        Path file = Files.write(folder.resolve("options"), "total_timeout_ms = 300\n".getBytes());
        try (Source quick = client.database("ap-guangzhou", "cdb-1", user, SourceOptions.create().file(file))) {
            Credential old = quick.get();
            long start = System.nanoTime();
            assertThrows(EvercredTimeoutException.class, () -> quick.getNewer(old));
            long tookMs = (System.nanoTime() - start) / 1_000_000;
            assertTrue(tookMs >= 290 && tookMs < 25_000, () -> tookMs + " ms");
        }
    }

    @Test
    void lazyModeHasNoGenerationAndStillWorks() {
        cloud.fault("kind", "delay", "ms", 100, "action", FETCH, "times", 1);
        try (EvercredClient lazy = cloud.client().refresh(Choices.Refresh.LAZY).build();
                Source source = lazy.database("ap-guangzhou", "cdb-1", user)) {
            Credential first = source.get();
            assertSame(first, source.get(), "the same snapshot is handed out");
            rotate();
            source.reportRejected(first);
            assertNotEquals(first.password(), source.getNewer(first, LONG).password());
        }
    }
}
