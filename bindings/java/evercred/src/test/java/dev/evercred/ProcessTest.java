package dev.evercred;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.evercred.testing.ChildJvm;
import dev.evercred.testing.Emulator;
import dev.evercred.testing.Programs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whole processes: the checks of JNI, and the end of a JVM. */
@Timeout(120)
class ProcessTest {
    private static Emulator cloud;

    @BeforeAll
    static void start() {
        cloud = Emulator.start("--account", "ap-guangzhou/cdb-1/app", "--account", "ap-guangzhou/cdb-1/slow");
    }

    @AfterAll
    static void stop() {
        cloud.close();
    }

    private static ChildJvm run(String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(ChildJvm.java());
        command.addAll(ChildJvm.nativeAccess());
        command.addAll(Arrays.asList("-Xcheck:jni", "-cp", ChildJvm.classPath(), Programs.class.getName()));
        command.addAll(Arrays.asList(arguments));
        Map<String, String> environment = new HashMap<>();
        environment.put("EVERCRED_PROXY", "none");
        environment.put("EVERCRED_CA_FILE", cloud.ca().toString());
        environment.put("EVERCRED_TENCENT_ENDPOINT", cloud.hostPort());
        if (arguments[0].equals("unload")) {
            environment.put("EVERCRED_TENCENT_SECRET_ID", Emulator.TENCENT_ID);
            environment.put("EVERCRED_TENCENT_SECRET_KEY", Emulator.TENCENT_KEY);
        }
        return ChildJvm.command(command, environment);
    }

    @Test
    void theChecksOfJniAreSilent() throws Exception {
        ChildJvm child = run("exercise");
        assertEquals(0, child.exitCode, child::toString);
        assertEquals("done UNKNOWN_OPTION", child.output.trim(), "nothing else is printed");
    }

    @Test
    void theJvmEndsAtOnceWithEverythingOpen() throws Exception {
        for (int i = 0; i < 3; i++) {
            ChildJvm child = run("leave-open");
            long now = System.currentTimeMillis();
            assertEquals(0, child.exitCode, child::toString);
            assertTrue(child.output.startsWith("leaving at "), child::toString);
            long took = now - Long.parseLong(child.output.trim().substring("leaving at ".length()));
            System.out.println("a JVM with everything open ended " + took + " ms after its main method");
            assertTrue(took < 5_000, () -> "it took " + took + " ms");
            assertFalse(child.output.contains("WARNING"), child::toString);
        }
    }

    @Test
    void theClassLoaderOfAClosedApplicationGoes() throws Exception {
        ChildJvm child = run("unload", System.getProperty("evercred.classes"));
        assertEquals(0, child.exitCode, child::toString);
        assertEquals("unloaded", child.output.trim());
    }
}
