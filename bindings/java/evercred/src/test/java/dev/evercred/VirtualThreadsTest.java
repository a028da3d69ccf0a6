package dev.evercred;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.evercred.testing.ChildJvm;
import dev.evercred.testing.Emulator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Ten thousand callers of a cold source: one request, one thread that waits in C, and no carrier that is held. */
@Timeout(120)
class VirtualThreadsTest {
    private static final int CALLERS = 10_000;

    private static ExecutorService virtualThreads() throws ReflectiveOperationException {
        return (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    }

    private static long threadsOfTheLibrary() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("evercred-events"))
                .count();
    }

    @Test
    void tenThousandVirtualThreadsOnAColdSource() throws Exception {
        assumeTrue(ChildJvm.version() >= 21, "this JDK has no virtual threads");
        callers(virtualThreads(), CALLERS);
    }

    @Test
    void fiveHundredPlatformThreadsOnAColdSource() throws Exception {
        callers(Executors.newCachedThreadPool(), 500);
    }

    private static void callers(ExecutorService executor, int callers) throws Exception {
        // Nobody is answered before the test says so: all of them wait at the same time, which callers that held their
        // carriers could not.
        CountDownLatch answer = new CountDownLatch(1);
        try (Emulator cloud = Emulator.start("--account", "ap-guangzhou/cdb-1/app");
                EvercredClient client = cloud.client()
                        .tencentSecretId("")
                        .tencentSecretKey("")
                        .totalTimeout(Duration.ofSeconds(90))
                        .identity(() -> {
                            answer.await();
                            return AccessKey.of(Emulator.TENCENT_ID, Emulator.TENCENT_KEY);
                        })
                        .build();
                Source source = client.database("ap-guangzhou", "cdb-1", "app")) {
            long before = threadsOfTheLibrary();
            String password = cloud.password("ap-guangzhou", "cdb-1", "app");
            AtomicInteger begun = new AtomicInteger();
            ConcurrentLinkedQueue<Object> wrong = new ConcurrentLinkedQueue<>();
            CountDownLatch ended = new CountDownLatch(callers);
            long start = System.nanoTime();
            for (int i = 0; i < callers; i++) {
                executor.execute(() -> {
                    try {
                        begun.incrementAndGet();
                        Credential credential = source.get(Duration.ofSeconds(90));
                        if (!credential.password().equals(password)) {
                            wrong.add("another password");
                        }
                    } catch (RuntimeException e) {
                        wrong.add(e);
                    } finally {
                        ended.countDown();
                    }
                });
            }
            while (begun.get() < callers || threadsOfTheLibrary() == before) {
                Thread.sleep(10);
            }
            assertEquals(callers, ended.getCount(), "all callers wait");
            assertEquals(before + 1, threadsOfTheLibrary(), "one thread waits in C");
            answer.countDown();
            assertTrue(ended.await(60, TimeUnit.SECONDS), "all callers are answered");
            System.out.printf("%d cold callers were answered in %d ms%n", callers, (System.nanoTime() - start) / 1_000_000);
            assertTrue(wrong.isEmpty(), () -> wrong.size() + ": " + wrong.peek());
            assertEquals(1, cloud.requests("BuildDataFlowAuthToken"));
        } finally {
            answer.countDown();
            executor.shutdown();
        }
    }

    @Test
    void aThousandColdSourcesShareOneThread() throws Exception {
        List<String> arguments = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            arguments.add("--account");
            arguments.add("ap-guangzhou/cdb-1/app" + i);
        }
        try (Emulator cloud = Emulator.start(arguments.toArray(new String[0]));
                EvercredClient client = cloud.client().build()) {
            List<Source> sources = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                sources.add(client.database("ap-guangzhou", "cdb-1", "app" + i));
            }
            long before = threadsOfTheLibrary();
            List<CompletableFuture<Credential>> futures = new ArrayList<>();
            for (Source source : sources) {
                futures.add(source.getAsync());
            }
            assertEquals(before + 1, threadsOfTheLibrary());
            for (int i = 0; i < 1000; i++) {
                assertEquals("app" + i, futures.get(i).get(60, TimeUnit.SECONDS).username());
            }
            assertEquals(1000, cloud.requests("BuildDataFlowAuthToken"));
        }
    }
}
