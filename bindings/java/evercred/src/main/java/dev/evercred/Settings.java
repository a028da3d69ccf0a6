package dev.evercred;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Options by name, from files and from the environment. They are applied in the order of the calls when a client or a
 * source is opened; a later one replaces an earlier one. Not thread-safe.
 *
 * @param <T> the type that the setters return
 */
public abstract class Settings<T extends Settings<T>> {
    /** One setting. (Lambdas instead would cost a JVM milliseconds at its start.) */
    private static final class Step {
        private final byte[] name;
        private final String value;
        private final byte[] file;
        private final Callbacks.Identity identity;

        Step(byte[] name, String value, byte[] file, Callbacks.Identity identity) {
            this.name = name;
            this.value = value;
            this.file = file;
            this.identity = identity;
        }

        void apply(long config) {
            if (name != null) {
                byte[] bytes = Texts.utf8("value", value);
                long error = Native.configSet(config, name, bytes);
                // It may be a secret.
                Arrays.fill(bytes, (byte) 0);
                EvercredException.check(error);
            } else if (file != null) {
                EvercredException.check(Native.configLoadFile(config, file));
            } else if (identity != null) {
                EvercredException.check(Native.configSetIdentityCallback(config, identity));
            } else {
                EvercredException.check(Native.configLoadEnvironment(config));
            }
        }
    }

    private final List<Step> steps = new ArrayList<>();
    private boolean hasIdentityCallback;

    Settings() {}

    abstract T self();

    /**
     * Sets an option, such as {@code tencent_secret_id}. {@code docs/CONFIGURATION.md} lists the options. An empty
     * value resets the option to its default. A wrong name or value is an error of the call that opens the client or
     * the source.
     */
    public final T option(String name, String value) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(value, "value");
        Texts.utf8("value", value);
        steps.add(new Step(Texts.utf8("name", name), value, null, null));
        return self();
    }

    /**
     * Sets the options that a file contains, in lines {@code option = value}. The files of Alibaba Cloud's official
     * clients are read as they are. The file is read when the client or the source is opened.
     */
    public final T file(Path file) {
        byte[] path = Texts.utf8("file", file.toString());
        steps.add(new Step(null, null, path, null));
        return self();
    }

    /**
     * Sets the options for which an environment variable {@code EVERCRED_…} is set, and those of Alibaba Cloud's
     * official clients. The environment is read when the client or the source is opened.
     */
    public final T environment() {
        steps.add(new Step(null, null, null, null));
        return self();
    }

    /**
     * Sets what supplies the login identity, for example from a vault. It is called again before the key expires and
     * when the cloud rejects the key, on a thread of the library, and may block.
     */
    public final T identity(IdentitySupplier supplier) {
        Callbacks.Identity callback = new Callbacks.Identity(Objects.requireNonNull(supplier, "supplier"));
        hasIdentityCallback = true;
        steps.add(new Step(null, null, null, callback));
        return self();
    }

    final boolean hasIdentityCallback() {
        return hasIdentityCallback;
    }

    final void apply(long config) {
        for (Step step : steps) {
            step.apply(config);
        }
    }

    static String millis(String option, Duration value) {
        return whole(option, value, value.toMillis(), Duration.ofMillis(value.toMillis()), "milliseconds");
    }

    static String seconds(String option, Duration value) {
        return whole(option, value, value.getSeconds(), Duration.ofSeconds(value.getSeconds()), "seconds");
    }

    private static String whole(String option, Duration value, long number, Duration rounded, String unit) {
        if (value.isNegative() || !rounded.equals(value)) {
            throw new IllegalArgumentException("the option " + option + " takes whole " + unit + ", not " + value);
        }
        return Long.toString(number);
    }

    /** The number of settings; no value is shown. */
    @Override
    public String toString() {
        return getClass().getSimpleName() + "{" + steps.size() + " settings}";
    }
}
