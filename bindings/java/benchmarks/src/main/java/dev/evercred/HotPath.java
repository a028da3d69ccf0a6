package dev.evercred;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** What a fresh value costs. The environment names an emulator with the account ap-guangzhou/cdb-1/app. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class HotPath {
    private EvercredClient client;
    private Source source;
    private long pointer;

    /** Opens a source and waits for its value. */
    @Setup
    public void open() {
        client = EvercredClient.builder().environment().build();
        source = client.database("ap-guangzhou", "cdb-1", "app");
        pointer = Native.credentialGeneration(0);
        source.get();
    }

    /** Closes what was opened. */
    @TearDown
    public void close() {
        source.close();
        client.close();
    }

    /** {@link Source#get()} of a fresh value. */
    @Benchmark
    public Credential get() {
        return source.get();
    }

    /** The same on two threads. */
    @Benchmark
    @Threads(2)
    public Credential getOnTwoThreads() {
        return source.get();
    }

    /** The cheapest call into C and back, for comparison. */
    @Benchmark
    public long downcall() {
        return Native.credentialGeneration(pointer);
    }
}
