package dev.evercred;

/**
 * A call that uses a credential, such as a login.
 *
 * @param <T> what it returns
 * @param <E> what it throws
 */
@FunctionalInterface
public interface CredentialCall<T, E extends Exception> {
    /** Makes the call. */
    T with(Credential credential) throws E;
}
