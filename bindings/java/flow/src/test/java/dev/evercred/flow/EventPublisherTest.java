package dev.evercred.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.evercred.Event;
import dev.evercred.EventKind;
import dev.evercred.EvercredClient;
import dev.evercred.Source;
import dev.evercred.testing.Emulator;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Demand, order and completion. */
@Timeout(60)
class EventPublisherTest {
    private static final class Recorder implements Flow.Subscriber<Event> {
        private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        private final CountDownLatch subscribed = new CountDownLatch(1);
        private final CountDownLatch completed = new CountDownLatch(1);
        private volatile Flow.Subscription subscription;

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            subscribed.countDown();
        }

        @Override
        public void onNext(Event event) {
            events.add(event);
        }

        @Override
        public void onError(Throwable error) {
            throw new AssertionError(error);
        }

        @Override
        public void onComplete() {
            completed.countDown();
        }
    }

    @Test
    void eventsComeOnDemandAndEndWithTheSource() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(2);
        Recorder recorder = new Recorder();
        Recorder other = new Recorder();
        try (Emulator cloud = Emulator.start("--account", "ap-guangzhou/cdb-1/app");
                EvercredClient client = cloud.client().build();
                Source source = client.database("ap-guangzhou", "cdb-1", "app");
                EventPublisher ofSource = EventPublisher.of(source, executor);
                EventPublisher ofClient = EventPublisher.of(client, executor)) {
            ofSource.subscribe(recorder);
            ofClient.subscribe(other);
            assertTrue(recorder.subscribed.await(20, TimeUnit.SECONDS));
            assertTrue(other.subscribed.await(20, TimeUnit.SECONDS));
            source.get();
            assertNull(recorder.events.poll(100, TimeUnit.MILLISECONDS), "nothing was asked for");
            recorder.subscription.request(1);
            Event changed = recorder.events.poll(20, TimeUnit.SECONDS);
            assertEquals(EventKind.CHANGED, changed.kind());
            assertEquals(source.name(), changed.sourceName());
            source.close();
            assertTrue(recorder.completed.await(20, TimeUnit.SECONDS), "completed with the source");
            other.subscription.request(100);
            assertTrue(other.events.poll(20, TimeUnit.SECONDS) != null);
            client.close();
            assertTrue(other.completed.await(20, TimeUnit.SECONDS), "completed with the client");
        } finally {
            executor.shutdown();
        }
    }
}
