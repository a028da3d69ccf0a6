package dev.evercred.examples;

import dev.evercred.EvercredClient;
import dev.evercred.LogLevel;
import dev.evercred.Source;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ExecutorService;

public class Events {
    public static void main(String[] arguments) throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try (EvercredClient client = EvercredClient.builder()
                        .environment()
                        .totalTimeout(Duration.ofSeconds(10))
                        .logger(LogLevel.WARN, (level, message) -> System.err.println(level + " " + message))
                        .build();
                Source source = client.database("ap-guangzhou", "cdb-example1", "app_user")) {
            source.subscribe(executor, event -> System.out.println(event.kind() + " of " + event.sourceName()));
            source.getAsync().thenAccept(credential -> System.out.println(credential.expiresAt())).get();
            System.out.println(source.status());
        } finally {
            executor.shutdown();
        }
    }
}
