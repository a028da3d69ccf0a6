package dev.evercred.testing;

import dev.evercred.EvercredClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/**
 * The emulator of both clouds as a child process. It stops when this object is closed, and when this process ends. See
 * {@code emulator/README.md}.
 */
public final class Emulator implements AutoCloseable {
    /** The keys that {@link #start} makes. */
    public static final String TENCENT_ID = "AKIDjava";

    public static final String TENCENT_KEY = "tencent-key-of-the-java-tests";
    public static final String ALIYUN_ID = "LTAIjava";
    public static final String ALIYUN_SECRET = "aliyun-secret-of-the-java-tests";

    private final Process process;
    private final String control;
    private final String hostPort;
    private final Path ca;
    private final SSLSocketFactory trust;

    private Emulator(Process process, Map<String, Object> ready) {
        this.process = process;
        control = (String) ready.get("control");
        hostPort = (String) ready.get("host_port");
        ca = Paths.get((String) ready.get("ca_path"));
        trust = trust(ca);
    }

    /** Starts an emulator with TLS, a key of each cloud, and further arguments such as {@code --account r/i/u}. */
    public static Emulator start(String... more) {
        List<String> command = new ArrayList<>(Arrays.asList(
                program().toString(),
                "--tls",
                "--until-stdin-closes",
                "--key",
                TENCENT_ID + ":" + TENCENT_KEY,
                "--access-key",
                ALIYUN_ID + ":" + ALIYUN_SECRET));
        command.addAll(Arrays.asList(more));
        try {
            Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            BufferedReader out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            String line = out.readLine();
            if (line == null) {
                throw new IllegalStateException("the emulator did not start: " + command);
            }
            return new Emulator(process, Json.object(line));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path program() {
        String named = System.getenv("EVERCRED_EMULATOR");
        Path program = named != null && !named.isEmpty()
                ? Paths.get(named)
                : Paths.get(System.getProperty("evercred.repository"), "target/debug/evercred-emulator");
        if (!Files.isExecutable(program)) {
            throw new IllegalStateException("there is no emulator at " + program
                    + ": run 'cargo build -p evercred-emulator', or set EVERCRED_EMULATOR");
        }
        return program;
    }

    /** Options for this emulator, with a key of each cloud. */
    public EvercredClient.Builder client() {
        return EvercredClient.builder()
                .option("proxy", "none")
                .option("ca_file", ca.toString())
                .option("tencent_endpoint", hostPort)
                .option("tencent_secret_id", TENCENT_ID)
                .option("tencent_secret_key", TENCENT_KEY)
                .option("aliyun_region", "cn-hangzhou")
                .option("aliyun_kms_endpoint", hostPort)
                .option("aliyun_access_key_id", ALIYUN_ID)
                .option("aliyun_access_key_secret", ALIYUN_SECRET);
    }

    public String hostPort() {
        return hostPort;
    }

    public Path ca() {
        return ca;
    }

    /** Adds an account of a database. */
    public void addAccount(String region, String instance, String user) {
        control("accounts", "region", region, "instance", instance, "user", user);
    }

    public String password(String region, String instance, String user) {
        return (String) control("password", "region", region, "instance", instance, "user", user).get("password");
    }

    /** Rotates the password of an account at once. Returns the new one. */
    public String rotate(String region, String instance, String user) {
        return (String) control("rotate", "region", region, "instance", instance, "user", user).get("password");
    }

    /** The number of requests of an action. */
    @SuppressWarnings("unchecked")
    public long requests(String action) {
        Map<String, Object> actions = (Map<String, Object>) request("requests", null).get("actions");
        Object count = actions.get(action);
        return count == null ? 0 : (Long) count;
    }

    /** Injects a fault, such as {@code "kind", "delay", "ms", 500}. */
    public void fault(Object... keysAndValues) {
        control("fault", keysAndValues);
    }

    public void clearFaults() {
        control("clear-faults");
    }

    /** Calls a control function with the keys and values. Returns its answer. */
    public Map<String, Object> control(String name, Object... keysAndValues) {
        return request(name, Json.of(keysAndValues));
    }

    private Map<String, Object> request(String name, String body) {
        try {
            HttpURLConnection connection = (HttpURLConnection) new URL(control + "/" + name).openConnection(Proxy.NO_PROXY);
            if (connection instanceof HttpsURLConnection) {
                ((HttpsURLConnection) connection).setSSLSocketFactory(trust);
            }
            connection.setConnectTimeout(10_000);
            connection.setReadTimeout(30_000);
            if (body != null) {
                connection.setDoOutput(true);
                connection.setRequestProperty("Content-Type", "application/json");
                try (OutputStream out = connection.getOutputStream()) {
                    out.write(body.getBytes(StandardCharsets.UTF_8));
                }
            }
            boolean failed = connection.getResponseCode() >= 400;
            try (InputStream in = failed ? connection.getErrorStream() : connection.getInputStream()) {
                String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                if (failed) {
                    throw new IllegalStateException(name + ": " + text);
                }
                return Json.object(text);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SSLSocketFactory trust(Path ca) {
        try (InputStream in = Files.newInputStream(ca)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (Certificate certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("ca" + number++, certificate);
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context.getSocketFactory();
        } catch (Exception e) {
            throw new IllegalStateException("cannot trust " + ca, e);
        }
    }

    /** Stops the emulator. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
