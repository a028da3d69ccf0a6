package dev.evercred;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.evercred.testing.Emulator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** What happens to those that are inside, and to those that come later. */
@Timeout(120)
class ClosingTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String FETCH = "BuildDataFlowAuthToken";
    private static Emulator cloud;

    @BeforeAll
    static void start() {
        cloud = Emulator.start("--account", "ap-guangzhou/cdb-1/app", "--account", "ap-guangzhou/cdb-1/slow");
    }

    @AfterAll
    static void stop() {
        cloud.close();
    }

    private static Source open(EvercredClient client) {
        return client.database("ap-guangzhou", "cdb-1", "app");
    }

    @Test
    void everyUseAfterCloseIsAnIllegalState() {
        EvercredClient client = cloud.client().build();
        Source source = open(client);
        Credential credential = source.get();
        Subscription events = source.subscribe();
        source.close();
        source.close();
        assertTrue(source.isClosed());
        List<Executable> uses = new ArrayList<>();
        uses.add(source::get);
        uses.add(() -> source.get(Duration.ZERO));
        uses.add(source::peek);
        uses.add(() -> source.getNewer(credential));
        uses.add(source::refresh);
        uses.add(() -> source.reportRejected(credential));
        uses.add(() -> source.isRejectionCode("1045"));
        uses.add(() -> source.call(given -> given));
        uses.add(source::status);
        uses.add(source::subscribe);
        uses.add(() -> events.next(LONG));
        uses.forEach(ClosingTest::assertClosed);
        client.close();
        client.close();
        uses.add(() -> open(client));
        uses.add(() -> client.managed("x"));
        uses.add(() -> client.identity("tencent"));
        uses.add(() -> client.report(ReportFormat.JSON));
        uses.add(client::subscribe);
        uses.forEach(ClosingTest::assertClosed);
        ExecutionException failed = assertThrows(ExecutionException.class, () -> source.getAsync().get());
        assertInstanceOf(EvercredClosedException.class, failed.getCause());
        assertEquals("app", credential.username(), "credentials stay readable");
        assertTrue(source.name().contains("cdb-1"));
    }

    private static void assertClosed(Executable use) {
        IllegalStateException closed = assertThrows(IllegalStateException.class, use);
        assertInstanceOf(EvercredClosedException.class, closed);
        assertEquals(ErrorCode.CLOSED, ((EvercredException) closed).code());
    }

    @Test
    void aSourceOfAClosedClientIsClosedToo() {
        EvercredClient client = cloud.client().build();
        Source source = open(client);
        source.get();
        client.close();
        assertThrows(EvercredClosedException.class, source::get);
        assertEquals("app", source.peek().get().username());
        source.close();
    }

    /** Runs a call that waits, ends it, and returns what it threw and how long that took. */
    private static RuntimeException endedBy(Callable<?> call, Consumer2 end) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        FutureTask<RuntimeException> task = new FutureTask<>(() -> {
            begun.countDown();
            try {
                call.call();
                return null;
            } catch (RuntimeException e) {
                return e;
            }
        });
        Thread thread = new Thread(task);
        thread.start();
        begun.await();
        while (thread.getState() == Thread.State.RUNNABLE) {
            Thread.onSpinWait();
        }
        long start = System.nanoTime();
        end.accept(thread);
        RuntimeException thrown = task.get(30, TimeUnit.SECONDS);
        System.out.printf("a waiting call ended after %.2f ms%n", (System.nanoTime() - start) / 1e6);
        if (thrown == null) {
            fail("the call returned");
        }
        return thrown;
    }

    private interface Consumer2 {
        void accept(Thread thread) throws Exception;
    }

    @Test
    void closeAndInterruptionWakeThoseThatWait() throws Exception {
        cloud.fault("kind", "delay", "ms", 20_000, "action", FETCH);
        try (EvercredClient client = cloud.client().build()) {
            Source source = client.database("ap-guangzhou", "cdb-1", "slow");
            Subscription events = client.subscribe();
            AtomicBoolean wasInterrupted = new AtomicBoolean();
            Callable<Object> get = () -> {
                try {
                    return source.get(LONG);
                } finally {
                    wasInterrupted.set(Thread.currentThread().isInterrupted());
                }
            };
            assertInstanceOf(EvercredInterruptedException.class, endedBy(get, Thread::interrupt));
            assertTrue(wasInterrupted.get(), "the interrupt status is set again");
            assertInstanceOf(
                    EvercredInterruptedException.class, endedBy(() -> source.refresh(LONG), Thread::interrupt));
            assertInstanceOf(EvercredInterruptedException.class, endedBy(() -> next(events), Thread::interrupt));
            CompletableFuture<Credential> future = source.getAsync();
            assertInstanceOf(EvercredClosedException.class, endedBy(() -> source.get(LONG), thread -> source.close()));
            ExecutionException failed =
                    assertThrows(ExecutionException.class, () -> future.get(30, TimeUnit.SECONDS));
            assertInstanceOf(EvercredClosedException.class, failed.getCause());
            Source other = client.database("ap-guangzhou", "cdb-1", "slow");
            assertInstanceOf(EvercredClosedException.class, endedBy(() -> other.get(LONG), thread -> client.close()));
            assertThrows(EvercredClosedException.class, () -> next(events));
        } finally {
            cloud.clearFaults();
        }
    }

    private static Event next(Subscription events) {
        while (true) {
            Optional<Event> event = events.next(LONG);
            if (!event.isPresent()) {
                throw new IllegalStateException("no event");
            }
        }
    }

    @Test
    void closingUnder64ThreadsNeverCrashes() throws Exception {
        AtomicReference<Source> current = new AtomicReference<>();
        AtomicReference<EvercredClient> owner = new AtomicReference<>();
        AtomicBoolean over = new AtomicBoolean();
        ConcurrentLinkedQueue<Throwable> wrong = new ConcurrentLinkedQueue<>();
        owner.set(cloud.client().build());
        current.set(open(owner.get()));
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            int number = i;
            Thread thread = new Thread(() -> {
                for (int n = number; !over.get(); n++) {
                    try {
                        use(current.get(), owner.get(), n);
                    } catch (EvercredClosedException | EvercredTimeoutException e) {
                        // What may happen.
                    } catch (EvercredException e) {
                        if (e.code() != ErrorCode.RATE_LIMITED) {
                            wrong.add(e);
                        }
                    } catch (Throwable e) {
                        wrong.add(e);
                    }
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (int i = 0; i < 300; i++) {
            EvercredClient client = cloud.client().build();
            EvercredClient oldClient = owner.getAndSet(client);
            Source old = current.getAndSet(open(client));
            if (i % 2 == 0) {
                old.close();
            }
            oldClient.close();
            old.close();
        }
        over.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        current.get().close();
        owner.get().close();
        assertTrue(wrong.isEmpty(), () -> String.valueOf(wrong.peek()));
    }

    private static void use(Source source, EvercredClient client, int n) {
        switch (n % 8) {
            case 0:
                source.status();
                break;
            case 1:
                source.peek();
                break;
            case 2:
                source.isRejectionCode("1045");
                break;
            case 3:
                client.report(ReportFormat.JSON);
                break;
            case 4:
                source.subscribe().close();
                break;
            case 5:
                source.get(Duration.ofMillis(5));
                break;
            case 6:
                source.peek().ifPresent(source::reportRejected);
                break;
            default:
                source.get();
        }
    }

    @Test
    void tenThousandClientsAreOpenedAndClosed() {
        cloud.client().build().close();
        long handles = Native.liveHandles();
        long start = System.nanoTime();
        for (int i = 0; i < 10_000; i++) {
            try (EvercredClient client = EvercredClient.builder()
                            .option("tencent_secret_id", "id")
                            .option("tencent_secret_key", "key")
                            .build();
                    Source source = open(client)) {
                source.peek();
            }
        }
        System.out.printf("10,000 clients opened and closed in %d ms%n", (System.nanoTime() - start) / 1_000_000);
        assertEquals(handles, Native.liveHandles());
    }

    @Test
    void forgottenObjectsAreClosed() throws Exception {
        System.gc();
        long handles = handlesSettled();
        for (int i = 0; i < 50; i++) {
            EvercredClient client = EvercredClient.builder()
                    .option("tencent_secret_id", "id")
                    .option("tencent_secret_key", "key")
                    .build();
            Source source = open(client);
            source.subscribe();
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (Native.liveHandles() > handles && System.nanoTime() < deadline) {
            System.gc();
            Thread.sleep(20);
        }
        assertTrue(Native.liveHandles() <= handles, () -> Native.liveHandles() + " handles, before " + handles);
    }

    /** The handles of other tests' threads that end. */
    private static long handlesSettled() throws InterruptedException {
        long before = -1;
        for (int i = 0; i < 100 && before != Native.liveHandles(); i++) {
            before = Native.liveHandles();
            Thread.sleep(50);
        }
        return before;
    }

    @Test
    void aSourceInUseIsNotForgotten() throws Exception {
        cloud.fault("kind", "delay", "ms", 1500, "action", FETCH, "times", 1);
        Thread collector = new Thread(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                System.gc();
            }
        });
        collector.start();
        try {
            // Neither the source nor the client is referred to by anything but the call itself.
            assertEquals("app", open(cloud.client().build()).get(LONG).username());
            assertEquals("app", open(cloud.client().build()).getAsync().get(30, TimeUnit.SECONDS).username());
        } finally {
            collector.interrupt();
            collector.join();
            cloud.clearFaults();
        }
    }
}
