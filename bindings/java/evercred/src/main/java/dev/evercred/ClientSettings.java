package dev.evercred;

import java.time.Duration;

/**
 * The options of a client. A later call replaces an earlier one.
 *
 * <p>Generated from abi/options.json by dev.evercred.generator.Generator.
 *
 * @param <T> the type that the setters return
 */
public abstract class ClientSettings<T extends ClientSettings<T>> extends SourceSettings<T> {
    ClientSettings() {}

    /**
     * The option {@code refresh}. {@code background}: a background thread keeps the values fresh. {@code lazy}: each
     * {@code get} fetches if needed, for serverless programs and for processes that fork; a thread exists only during a
     * fetch. Default: {@code background}.
     */
    public final T refresh(Choices.Refresh value) {
        return option("refresh", value.text());
    }

    /**
     * The option {@code max_concurrent_fetches}. How many fetches of the client may be in progress at the same time;
     * further ones wait for their turn. Login identities come first, then those that callers wait for, then the oldest.
     * It bounds the sockets and the load on the cloud. From 1 to 1024. Default: {@code 16}.
     */
    public final T maxConcurrentFetches(long value) {
        return option("max_concurrent_fetches", Long.toString(value));
    }

    /**
     * The option {@code ca_expiry_warning_ms}. How long before the expiry of a certificate of a CA file the log and an
     * event warn of it, once a day. 0: after its expiry. In whole milliseconds. From 0 to 315360000000. Default: {@code
     * 2592000000}.
     */
    public final T caExpiryWarning(Duration value) {
        return option("ca_expiry_warning_ms", millis("ca_expiry_warning_ms", value));
    }

    /**
     * The option {@code tls_verify}. {@code false} accepts any certificate: for tests only, and shown in the log and in
     * every status. Default: {@code true}.
     */
    public final T tlsVerify(boolean value) {
        return option("tls_verify", Boolean.toString(value));
    }

    /** The option {@code user_agent_extra}. A text that is added to the User-Agent, such as {@code myservice/2.1}. */
    public final T userAgentExtra(String value) {
        return option("user_agent_extra", value);
    }

    /**
     * The option {@code secret_names}. Managed secrets, separated by commas, that are opened and fetched when the
     * client is created. Opening one of them later shares its source. The official configuration has the same key. At
     * most 10000 names.
     */
    public final T secretNames(String value) {
        return option("secret_names", value);
    }
}
