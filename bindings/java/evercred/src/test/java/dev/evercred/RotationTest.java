package dev.evercred;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.evercred.testing.Emulator;
import dev.evercred.testing.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Readers during rotations: no value is torn, and no read fails. */
@Timeout(300)
class RotationTest {
    private static final int READERS = 64;
    private static final int ROTATIONS = 60;

    /** The secret that belongs to each id, and the generations under which it was seen. */
    private final Map<String, String> secrets = new ConcurrentHashMap<>();

    private final Map<Long, String> generations = new ConcurrentHashMap<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private final LongAdder reads = new LongAdder();
    private final LongAdder torn = new LongAdder();
    private final Map<String, Integer> failures = new ConcurrentHashMap<>();

    @Test
    void rotationEvery100MsUnder64Threads() throws Exception {
        try (Emulator cloud = Emulator.start("--account", "ap-guangzhou/cdb-1/app", "--secret", "prod/key");
                // The default, 5 forced refreshes in 10 minutes, is right for production; here each rotation is noticed
                // by a forced refresh or a report, ten times a second.
                EvercredClient client = cloud.client()
                        .forcedRefreshBurst(1000)
                        .forcedRefreshPeriod(Duration.ofSeconds(1))
                        .build();
                Source database = client.database("ap-guangzhou", "cdb-1", "app");
                Source managed = client.managed("prod/key")) {
            remember(cloud.control("secret", "name", "prod/key"));
            List<Thread> readers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                Source source = i % 2 == 0 ? database : managed;
                boolean reports = i < 8;
                Thread reader = new Thread(() -> read(source, reports));
                reader.start();
                readers.add(reader);
            }
            String password = "";
            for (int i = 0; i < ROTATIONS; i++) {
                password = cloud.rotate("ap-guangzhou", "cdb-1", "app");
                remember(cloud.control("rotate-secret", "name", "prod/key", "overlap_ms", 600_000));
                database.refresh();
                managed.refresh();
                Thread.sleep(100);
            }
            over.set(true);
            for (Thread reader : readers) {
                reader.join();
            }
            assertEquals(0, torn.sum(), "torn");
            assertTrue(failures.isEmpty(), () -> "failed: " + failures);
            assertEquals(password, database.get().password());
            assertTrue(generations.size() >= ROTATIONS, () -> "generations seen: " + generations.size());
            System.out.println("rotation: " + reads.sum() + " reads, " + generations.size() + " generations, torn 0, failed 0");
        }
    }

    /** Knows the pair before the library can have it. */
    private void remember(Map<String, Object> secret) {
        Map<String, Object> data = Json.object((String) secret.get("data"));
        secrets.put((String) data.get("AccessKeyId"), (String) data.get("AccessKeySecret"));
    }

    private void read(Source source, boolean reports) {
        int count = 0;
        while (!over.get()) {
            try {
                Credential credential = source.get();
                check(credential);
                reads.increment();
                if (++count % 5_000 == 0) {
                    // The one that rotates needs a processor too.
                    LockSupport.parkNanos(1_000_000);
                    if (reports && count % 100_000 == 0) {
                        source.reportRejected(credential);
                    }
                }
            } catch (RuntimeException e) {
                failures.merge(e.toString(), 1, Integer::sum);
            }
        }
    }

    private void check(Credential credential) {
        String value = credential.kind() == Kind.PASSWORD
                ? credential.username() + "/" + credential.password()
                : credential.accessKeyId() + "/" + credential.accessKeySecret();
        String before = generations.putIfAbsent(credential.generation(), value);
        // The library may have a new pair before this test.
        String secret = secrets.get(credential.accessKeyId());
        boolean isPair = credential.kind() == Kind.PASSWORD || secret == null || secret.equals(credential.accessKeySecret());
        if (before != null && !before.equals(value) || !isPair || credential.generation() == 0) {
            torn.increment();
        }
    }
}
