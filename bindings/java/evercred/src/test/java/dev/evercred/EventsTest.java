package dev.evercred;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.evercred.testing.Emulator;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Subscriptions, log messages and identity suppliers. */
@Timeout(60)
class EventsTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final String FETCH = "BuildDataFlowAuthToken";
    private static Emulator cloud;

    @BeforeAll
    static void start() {
        cloud = Emulator.start("--account", "ap-guangzhou/cdb-1/app", "--account", "ap-guangzhou/cdb-1/other");
    }

    @AfterAll
    static void stop() {
        cloud.close();
    }

    private static Event await(Subscription events, Source source, EventKind kind) {
        while (true) {
            Event event = events.next(LONG).orElseThrow(() -> new AssertionError("no event " + kind));
            if (event.kind() == kind && event.sourceName().equals(source.name())) {
                return event;
            }
        }
    }

    @Test
    void aSubscriptionReturnsTheEventsOfItsSource() {
        try (EvercredClient client = cloud.client().build();
                Source app = client.database("ap-guangzhou", "cdb-1", "app");
                Source other = client.database("ap-guangzhou", "cdb-1", "other");
                Subscription ofApp = app.subscribe();
                Subscription ofAll = client.subscribe()) {
            assertFalse(ofApp.next(Duration.ZERO).isPresent());
            other.get();
            Credential old = app.get();
            Event first = await(ofApp, app, EventKind.CHANGED);
            assertEquals(old.generation(), first.generation());
            assertEquals(0, first.droppedBefore());
            assertTrue(Duration.between(first.occurredAt(), Instant.now()).abs().toMinutes() < 5);
            await(ofAll, other, EventKind.CHANGED);
            cloud.rotate("ap-guangzhou", "cdb-1", "app");
            app.reportRejected(old);
            assertEquals(EventKind.REJECTED, ofApp.next(LONG).get().kind());
            Event changed = await(ofApp, app, EventKind.CHANGED);
            assertEquals(changed.generation(), app.get().generation());
            app.close();
            assertThrows(EvercredClosedException.class, () -> ofApp.next(LONG));
        }
    }

    @Test
    void aFailureIsAnEventWithItsError() {
        try (EvercredClient client = cloud.client().build();
                Source missing = client.database("ap-guangzhou", "cdb-1", "nobody");
                Subscription events = missing.subscribe()) {
            assertThrows(EvercredException.class, missing::get);
            Event failed = await(events, missing, EventKind.REFRESH_FAILED);
            assertEquals("FailedOperation.FlowAuthIllegal", failed.error().get().providerCode().get());
        }
    }

    @Test
    void aListenerIsCalledOnItsExecutorInOrder() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(4, run -> new Thread(run, "listener"));
        BlockingQueue<Event> received = new LinkedBlockingQueue<>();
        List<String> threads = new ArrayList<>();
        try (EvercredClient client = cloud.client().forcedRefreshBurst(100).build();
                Source source = client.database("ap-guangzhou", "cdb-1", "app")) {
            source.subscribe(executor, event -> {
                synchronized (threads) {
                    threads.add(Thread.currentThread().getName());
                }
                received.add(event);
                if (received.size() == 1) {
                    throw new IllegalStateException("a listener that fails, for a test");
                }
                if (received.size() == 2) {
                    throw new AssertionError("a listener that fails badly, for a test");
                }
            });
            for (int i = 0; i < 5; i++) {
                cloud.rotate("ap-guangzhou", "cdb-1", "app");
                source.refresh();
            }
            long last = 0;
            for (int changes = 0; changes < 5; ) {
                Event event = received.poll(20, TimeUnit.SECONDS);
                assertTrue(event != null && event.generation() >= last, () -> "an event in order: " + event);
                last = event.generation();
                changes += event.kind() == EventKind.CHANGED ? 1 : 0;
            }
            synchronized (threads) {
                assertTrue(threads.stream().allMatch("listener"::equals), threads::toString);
            }
        } finally {
            executor.shutdown();
        }
    }

    /** It is called on the thread that all callers of the client depend on. */
    @Test
    void anExecutorThatFailsEndsNobodysWait() throws Exception {
        AtomicInteger tasks = new AtomicInteger();
        BlockingQueue<Event> received = new LinkedBlockingQueue<>();
        cloud.fault("kind", "delay", "ms", 300, "action", FETCH, "times", 1);
        try (EvercredClient client = cloud.client().build();
                Source source = client.database("ap-guangzhou", "cdb-1", "app")) {
            source.subscribe(
                    task -> {
                        if (tasks.getAndIncrement() == 0) {
                            throw new AssertionError("an executor without a thread, for a test");
                        }
                        task.run();
                    },
                    received::add);
            Credential first = source.getAsync().get(20, TimeUnit.SECONDS);
            cloud.rotate("ap-guangzhou", "cdb-1", "app");
            source.refresh();
            Event event = received.poll(20, TimeUnit.SECONDS);
            assertEquals(first.generation(), event.generation(), "the event waited for a thread");
        } finally {
            cloud.clearFaults();
        }
    }

    @Test
    void anExecutorThatIsShutDownEndsTheSubscription() throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        executor.shutdown();
        CountDownLatch closed = new CountDownLatch(2);
        EventQueue queue = new EventQueue(null, executor, event -> {}, closed::countDown);
        try (EvercredClient client = cloud.client().build();
                Source source = client.database("ap-guangzhou", "cdb-1", "app");
                Subscription events = source.subscribe()) {
            source.subscribe(executor, event -> {}, closed::countDown);
            source.get();
            assertFalse(queue.offer(await(events, source, EventKind.CHANGED)));
            assertTrue(closed.await(20, TimeUnit.SECONDS), "the end is announced");
        }
    }

    @Test
    void anotherThreadTakesThePlaceOfOneThatFailed() throws Exception {
        cloud.fault("kind", "delay", "ms", 1000, "action", FETCH, "times", 1);
        try (EvercredClient client = cloud.client().build();
                Source source = client.database("ap-guangzhou", "cdb-1", "app")) {
            CompletableFuture<Credential> future = source.getAsync();
            ClientState state = source.state.client;
            EventPump first = state.pump;
            state.pumpEnded(first, true);
            assertNotSame(first, state.pump);
            first.close();
            assertEquals("app", future.get(20, TimeUnit.SECONDS).username());
        } finally {
            cloud.clearFaults();
        }
    }

    @Test
    void eventsOfOthersDoNotPutOffADeadline() throws Exception {
        try (Emulator other = Emulator.start("--account", "ap-guangzhou/cdb-1/app", "--secret", "prod/key");
                EvercredClient client = other.client().forcedRefreshBurst(1000).build();
                Source busy = client.managed("prod/key");
                Source quiet = client.database(
                        "ap-guangzhou", "cdb-1", "app", SourceOptions.create().option("total_timeout_ms", "2000"))) {
            // A wait that no event of its own source ends.
            Flight flight = quiet.state.join(quiet.get().generation(), true);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
            while (!flight.result.isDone() && System.nanoTime() < end) {
                other.control("rotate-secret", "name", "prod/key", "overlap_ms", 600_000);
                busy.refresh();
                Thread.sleep(20);
            }
            ExecutionException late =
                    assertThrows(ExecutionException.class, () -> flight.result.get(0, TimeUnit.SECONDS));
            assertInstanceOf(EvercredTimeoutException.class, late.getCause());
        }
    }

    @Test
    void aFullQueueDropsTheOldestAndSaysHowMany() throws Exception {
        EventQueue queue = new EventQueue(null);
        long[] out = new long[1];
        try (EvercredClient client = cloud.client().build();
                Source source = client.database("ap-guangzhou", "cdb-1", "app");
                Subscription events = source.subscribe()) {
            source.get();
            Event event = await(events, source, EventKind.CHANGED);
            for (int i = 0; i < 300; i++) {
                queue.offer(event);
            }
            assertEquals(44, queue.next(0).droppedBefore());
            assertEquals(0, queue.next(0).droppedBefore());
        }
        queue.close();
        for (int i = 0; i < 254; i++) {
            assertTrue(queue.next(0) != null);
        }
        assertThrows(EvercredClosedException.class, () -> queue.next(out[0]));
    }

    @Test
    void messagesAreLoggedWithoutSecrets() throws Exception {
        BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        try (EvercredClient client = cloud.client()
                        .logger(LogLevel.DEBUG, (level, message) -> {
                            messages.add(level + " " + message);
                            throw new IllegalStateException("a logger that fails");
                        })
                        .build();
                Source source = client.database("ap-guangzhou", "cdb-1", "app")) {
            String password = source.get().password();
            source.reportRejected(source.get());
            assertTrue(messages.poll(20, TimeUnit.SECONDS) != null);
            assertFalse(messages.toString().contains(password));
            assertFalse(messages.toString().contains(Emulator.TENCENT_KEY));
        }
    }

    @Test
    void aSupplierGivesTheLoginIdentity() {
        List<Thread> threads = new ArrayList<>();
        try (EvercredClient client = cloud.client()
                        .option("tencent_secret_id", "")
                        .option("tencent_secret_key", "")
                        .identity(() -> {
                            threads.add(Thread.currentThread());
                            return AccessKey.temporary(
                                    Emulator.TENCENT_ID, Emulator.TENCENT_KEY, "", Instant.now().plusSeconds(3600));
                        })
                        .build();
                Source source = client.database("ap-guangzhou", "cdb-1", "app");
                Source identity = client.identity("tencent")) {
            assertEquals("app", source.get().username());
            Credential key = identity.get();
            assertEquals(Kind.ACCESS_KEY, key.kind());
            assertEquals(Origin.CALLBACK, key.origin());
            assertEquals(Emulator.TENCENT_ID, key.accessKeyId());
            assertTrue(key.expiresAt().isPresent());
            assertEquals(1, threads.size());
            assertTrue(threads.get(0).isDaemon());
        }
    }

    private static EvercredException failure(IdentitySupplier supplier) {
        try (EvercredClient client = cloud.client()
                        .option("tencent_secret_id", "")
                        .option("tencent_secret_key", "")
                        .identity(supplier)
                        .build();
                Source source = client.database("ap-guangzhou", "cdb-1", "app")) {
            return assertThrows(EvercredException.class, () -> source.get(LONG));
        }
    }

    @Test
    void aSupplierThatFailsIsExplainedWithoutItsMessage() {
        EvercredException shown = failure(() -> {
            throw new IdentityException("the vault is sealed", false);
        });
        assertTrue(shown.getMessage().contains("the vault is sealed"), shown.getMessage());
        EvercredException hidden = failure(() -> {
            throw new IllegalStateException("GET https://vault/?token=s3cr3t");
        });
        assertTrue(hidden.getMessage().contains("java.lang.IllegalStateException"), hidden.getMessage());
        assertFalse(hidden.getMessage().contains("s3cr3t"), hidden.getMessage());
        assertTrue(failure(() -> null).getMessage().contains("null"));
    }
}
