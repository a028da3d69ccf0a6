package dev.evercred;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.evercred.testing.ChildJvm;
import dev.evercred.testing.Emulator;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The programs in the README are those in the folder {@code examples}, and they run. */
@Timeout(120)
class ReadmeTest {
    private static final Path JAVA = Paths.get(System.getProperty("evercred.repository"), "bindings/java");

    private static String read(Path path) throws Exception {
        return new String(Files.readAllBytes(path), StandardCharsets.UTF_8);
    }

    @Test
    void everySnippetIsFromAnExample() throws Exception {
        List<String> examples = new ArrayList<>();
        try (Stream<Path> files = Files.list(JAVA.resolve("evercred/src/test/java/dev/evercred/examples"))) {
            for (Path file : files.collect(Collectors.toList())) {
                examples.add(read(file).replaceAll("(?m)^ +", ""));
            }
        }
        Matcher blocks = Pattern.compile("(?s)```java\n(.*?)```").matcher(read(JAVA.resolve("README.md")));
        int count = 0;
        while (blocks.find()) {
            String block = blocks.group(1).replaceAll("(?m)^ +", "");
            assertTrue(examples.stream().anyMatch(example -> example.contains(block)), () -> "no example has:\n" + block);
            count++;
        }
        assertTrue(count >= 4, "snippets: " + count);
    }

    @Test
    void theExamplesRun() throws Exception {
        try (Emulator cloud = Emulator.start(
                "--account", "ap-guangzhou/cdb-example1/app_user", "--secret", "acs/ram/user/app")) {
            assertTrue(run(cloud, "GettingStarted").startsWith("Credential{kind=PASSWORD, username=app_user"));
            assertTrue(run(cloud, "ManagedKey").startsWith("listed with LTAI"));
            assertTrue(run(cloud, "VaultIdentity").startsWith("Credential{kind=PASSWORD, username=app_user"));
            String events = run(cloud, "Events");
            assertTrue(events.contains("Status{state=FRESH"), events);
            ChildJvm login = child(cloud, "DatabaseLogin", "jdbc:nothing:");
            assertEquals(1, login.exitCode);
            assertTrue(login.output.contains("No suitable driver"), login::toString);
        }
    }

    private static String run(Emulator cloud, String example) throws Exception {
        ChildJvm child = child(cloud, example);
        assertEquals(0, child.exitCode, child::toString);
        assertFalse(child.output.contains(cloud.password("ap-guangzhou", "cdb-example1", "app_user")));
        return child.output;
    }

    private static ChildJvm child(Emulator cloud, String example, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(ChildJvm.java());
        command.addAll(ChildJvm.nativeAccess());
        command.addAll(Arrays.asList("-cp", ChildJvm.classPath(), "dev.evercred.examples." + example));
        command.addAll(Arrays.asList(arguments));
        Map<String, String> environment = new HashMap<>();
        environment.put("EVERCRED_PROXY", "none");
        environment.put("EVERCRED_CA_FILE", cloud.ca().toString());
        environment.put("EVERCRED_TENCENT_ENDPOINT", cloud.hostPort());
        environment.put("EVERCRED_ALIYUN_KMS_ENDPOINT", cloud.hostPort());
        environment.put("EVERCRED_ALIYUN_REGION", "cn-hangzhou");
        environment.put("EVERCRED_ALIYUN_ACCESS_KEY_ID", Emulator.ALIYUN_ID);
        environment.put("EVERCRED_ALIYUN_ACCESS_KEY_SECRET", Emulator.ALIYUN_SECRET);
        if (example.equals("VaultIdentity")) {
            environment.put("VAULT_KEY_ID", Emulator.TENCENT_ID);
            environment.put("VAULT_KEY_SECRET", Emulator.TENCENT_KEY);
        } else {
            environment.put("EVERCRED_TENCENT_SECRET_ID", Emulator.TENCENT_ID);
            environment.put("EVERCRED_TENCENT_SECRET_KEY", Emulator.TENCENT_KEY);
        }
        return ChildJvm.command(command, environment);
    }
}
