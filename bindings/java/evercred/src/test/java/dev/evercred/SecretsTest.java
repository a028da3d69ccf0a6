package dev.evercred;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.evercred.testing.Emulator;
import dev.evercred.testing.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** No secret is in anything that a program prints, writes or logs. */
@Timeout(60)
class SecretsTest {
    private static Emulator cloud;

    @BeforeAll
    static void start() {
        cloud = Emulator.start("--account", "ap-guangzhou/cdb-1/app", "--secret", "prod/key");
        cloud.control("secrets", "name", "prod/text", "kind", "text", "data", "a text that nobody may see");
        cloud.control(
                "secrets",
                "name",
                "prod/binary",
                "kind",
                "binary",
                "data",
                Base64.getEncoder().encodeToString(new byte[] {0, 1, 2, (byte) 0xff, 0}));
    }

    @AfterAll
    static void stop() {
        cloud.close();
    }

    /** What serialisers that use fields see of an object: everything that is not transient. */
    private static String fields(Object object) throws IllegalAccessException {
        StringBuilder out = new StringBuilder();
        for (Field field : object.getClass().getDeclaredFields()) {
            if (!Modifier.isTransient(field.getModifiers()) && !Modifier.isStatic(field.getModifiers())) {
                field.setAccessible(true);
                out.append(field.getName()).append('=').append(field.get(object)).append(' ');
            }
        }
        return out.toString();
    }

    private static String serialised(Object object) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ObjectOutputStream objects = new ObjectOutputStream(out)) {
            objects.writeObject(object);
        }
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    private static String stack(Throwable error) {
        StringWriter out = new StringWriter();
        error.printStackTrace(new PrintWriter(out, true));
        return out.toString();
    }

    @Test
    void nothingThatIsPrintedHoldsASecret() throws Exception {
        Queue<String> log = new ConcurrentLinkedQueue<>();
        EvercredClient.Builder builder = cloud.client().logger(LogLevel.DEBUG, (level, message) -> log.add(message));
        List<String> secrets = new ArrayList<>(Arrays.asList(Emulator.TENCENT_KEY, Emulator.ALIYUN_SECRET));
        StringBuilder shown = new StringBuilder();
        try (EvercredClient client = builder.build();
                Source database = client.database("ap-guangzhou", "cdb-1", "app");
                Source key = client.managed("prod/key");
                Source text = client.managed("prod/text");
                Source identity = client.identity("aliyun");
                Source missing = client.managed("prod/none");
                Subscription events = client.subscribe()) {
            for (Source source : Arrays.asList(database, key, text, identity)) {
                Credential credential = source.get();
                secrets.addAll(Arrays.asList(
                        credential.password(),
                        credential.accessKeySecret(),
                        credential.securityToken(),
                        credential.secretText()));
                shown.append(credential).append(fields(credential)).append(source).append(source.status());
                assertThrows(NotSerializableException.class, () -> serialised(credential));
                source.reportRejected(credential);
            }
            EvercredException error = assertThrows(EvercredException.class, missing::get);
            shown.append(stack(error)).append(serialised(error)).append(missing.status());
            while (true) {
                Event event = events.next(Duration.ZERO).orElse(null);
                if (event == null) {
                    break;
                }
                shown.append(event).append(event.error().map(SecretsTest::stack).orElse(""));
            }
            shown.append(client).append(builder).append(client.report(ReportFormat.JSON));
            shown.append(client.report(ReportFormat.PROMETHEUS));
        }
        AccessKey supplied = AccessKey.of("the-id", "the-secret-of-a-supplier");
        secrets.add("the-secret-of-a-supplier");
        shown.append(supplied).append(fields(supplied));
        shown.append(log);
        secrets.removeIf(String::isEmpty);
        assertTrue(secrets.size() >= 6, () -> "secrets: " + secrets.size());
        assertTrue(log.size() > 3 && shown.length() > 1000, "something was shown");
        for (String secret : secrets) {
            assertFalse(shown.toString().contains(secret), "a secret of " + secret.length() + " characters is shown");
        }
    }

    @Test
    void anOptionThatIsRefusedIsNotQuoted() {
        EvercredException refused = assertThrows(
                EvercredException.class,
                () -> EvercredClient.builder().option("aliyun_regions", "[{\"s3cr3t\"").build());
        assertEquals(ErrorCode.INVALID_OPTION, refused.code());
        assertTrue(refused.getMessage().contains("aliyun_regions"), refused.getMessage());
        assertFalse(stack(refused).contains("s3cr3t"));
        EvercredException unknown = assertThrows(
                EvercredException.class, () -> EvercredClient.builder().option("tencent_secret_kye", "s3cr3t").build());
        assertEquals(ErrorCode.UNKNOWN_OPTION, unknown.code());
        assertTrue(unknown.getMessage().contains("tencent_secret_key"), unknown.getMessage());
        assertFalse(stack(unknown).contains("s3cr3t"));
    }

    @Test
    void everyKindOfSecretIsReadWhole() {
        try (EvercredClient client = cloud.client().build();
                Source key = client.managed("prod/key");
                Source text = client.managed("prod/text");
                Source binary = client.managed("prod/binary")) {
            Credential pair = key.get();
            assertEquals(Kind.ACCESS_KEY, pair.kind());
            Object data = Json.object((String) cloud.control("secret", "name", "prod/key").get("data")).get("AccessKeySecret");
            assertEquals(data, pair.accessKeySecret());
            assertFalse(pair.versionId().isEmpty());
            assertEquals(Kind.TEXT, text.get().kind());
            assertEquals("a text that nobody may see", text.get().secretText());
            assertEquals(Kind.BINARY, binary.get().kind());
            assertTrue(Arrays.equals(new byte[] {0, 1, 2, (byte) 0xff, 0}, binary.get().secretValue()));
            assertNotSame(binary.get().secretValue(), binary.get().secretValue(), "the array is a new one");
            char[] chars = pair.passwordChars();
            assertNotSame(chars, pair.passwordChars());
        }
    }

    @Test
    void argumentsAreNamed() {
        try (EvercredClient client = cloud.client().build()) {
            NullPointerException missing =
                    assertThrows(NullPointerException.class, () -> client.database(null, "cdb-1", "app"));
            assertEquals("region", missing.getMessage());
            IllegalArgumentException nul = assertThrows(IllegalArgumentException.class, () -> client.managed("a\0b"));
            assertTrue(nul.getMessage().contains("secretName"), nul.getMessage());
            EvercredException empty = assertThrows(EvercredException.class, () -> client.database("", "cdb-1", "app"));
            assertEquals(ErrorCode.INVALID_ARGUMENT, empty.code());
            assertTrue(empty.getMessage().contains("region"), empty.getMessage());
            EvercredException cloudName = assertThrows(EvercredException.class, () -> client.identity("nimbus"));
            assertTrue(cloudName.getMessage().contains("cloud"), cloudName.getMessage());
            IllegalArgumentException fraction = assertThrows(
                    IllegalArgumentException.class,
                    () -> SourceOptions.create().totalTimeout(Duration.ofNanos(1)));
            assertTrue(fraction.getMessage().contains("total_timeout_ms"), fraction.getMessage());
            // Texts of all planes of Unicode cross as UTF-8.
            try (Source source = client.managed("geheim/🔑/密钥")) {
                assertTrue(source.name().contains("geheim/🔑/密钥"), source.name());
            }
        }
    }
}
