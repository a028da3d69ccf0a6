package dev.evercred;

/**
 * Supplies the access key that signs requests, for example from a vault.
 *
 * <p>It runs on a thread of the library and may block: callers stop waiting at {@code total_timeout_ms}, and a late key
 * serves the next fetch. It is never called twice at the same time for one identity. It should not request a
 * credential that depends on this very call.
 */
@FunctionalInterface
public interface IdentitySupplier {
    /**
     * Returns a key.
     *
     * @throws IdentityException to say why there is none; its message becomes part of errors and reports
     * @throws Exception any other failure; only the name of its class is shown, because its message may hold a secret
     */
    AccessKey get() throws Exception;
}
