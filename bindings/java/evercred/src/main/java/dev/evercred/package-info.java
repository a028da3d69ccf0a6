/**
 * Cloud credentials that are always fresh.
 *
 * <p>An {@link dev.evercred.EvercredClient} holds a configuration. A {@link dev.evercred.Source} is one value that is
 * kept fresh: the password of a database account, a managed secret, or a login identity. {@link
 * dev.evercred.Source#get()} returns the present {@link dev.evercred.Credential}; while it is fresh, that is a
 * comparison in memory, without a lock, a system call or native code.
 *
 * <p>Every object may be used by several threads, unless its class says otherwise. Times are {@link java.time.Instant}
 * and {@link java.time.Duration}. A failed call throws {@link dev.evercred.EvercredException}. Calls that wait suit
 * virtual threads: no carrier thread is pinned while they wait.
 */
package dev.evercred;
