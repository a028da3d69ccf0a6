package dev.evercred.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A JVM of its own, of the version that runs the test. */
public final class ChildJvm {
    public final int exitCode;
    /** Standard output and standard error. */
    public final String output;

    public final long nanos;

    private ChildJvm(int exitCode, String output, long nanos) {
        this.exitCode = exitCode;
        this.output = output;
        this.nanos = nanos;
    }

    public static int version() {
        String version = System.getProperty("java.specification.version");
        return version.startsWith("1.") ? Integer.parseInt(version.substring(2)) : Integer.parseInt(version);
    }

    /** The flag that allows native access without a warning, where there is one. */
    public static List<String> nativeAccess() {
        return version() >= 24 ? List.of("--enable-native-access=ALL-UNNAMED") : List.of();
    }

    public static String classPath() {
        return System.getProperty("java.class.path");
    }

    public static String java() {
        return Paths.get(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** Runs {@code java} with these arguments. */
    public static ChildJvm run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(java());
        command.addAll(Arrays.asList(arguments));
        return command(command, Map.of());
    }

    /** Runs any command. */
    public static ChildJvm command(List<String> command, Map<String, String> environment)
            throws IOException, InterruptedException {
        Path output = Files.createTempFile("evercred-child", ".txt");
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .redirectInput(ProcessBuilder.Redirect.from(Paths.get("/dev/null").toFile()));
            builder.environment().putAll(environment);
            long start = System.nanoTime();
            Process process = builder.start();
            boolean ended = process.waitFor(60, TimeUnit.SECONDS);
            long nanos = System.nanoTime() - start;
            if (!ended) {
                process.destroyForcibly().waitFor();
            }
            String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
            return new ChildJvm(ended ? process.exitValue() : -1, ended ? text : "it did not end: " + text, nanos);
        } finally {
            Files.deleteIfExists(output);
        }
    }

    @Override
    public String toString() {
        return "exit code " + exitCode + ": " + output;
    }
}
