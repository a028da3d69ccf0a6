package dev.evercred;

import java.util.function.BiConsumer;

/** The objects whose methods the glue calls, by the names {@code log} and {@code supply}. */
final class Callbacks {
    private Callbacks() {}

    static final class Log {
        private final BiConsumer<LogLevel, String> logger;

        Log(BiConsumer<LogLevel, String> logger) {
            this.logger = logger;
        }

        void log(int level, byte[] message) {
            logger.accept(LogLevel.of(level), Texts.of(message));
        }
    }

    static final class Identity {
        private final IdentitySupplier supplier;

        Identity(IdentitySupplier supplier) {
            this.supplier = supplier;
        }

        void supply(long identity) {
            try {
                AccessKey key = supplier.get();
                if (key == null) {
                    fail(identity, "the identity supplier returned null", false);
                } else {
                    key.give(identity);
                }
            } catch (IdentityException e) {
                fail(identity, String.valueOf(e.getMessage()), e.isRetryable());
            } catch (EvercredException e) {
                fail(identity, e.getMessage(), e.isRetryable());
            } catch (Throwable e) {
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                fail(identity, "the identity supplier threw " + e.getClass().getName(), true);
            }
        }

        private static void fail(long identity, String reason, boolean retryable) {
            Native.identitySetError(identity, Texts.utf8("reason", reason.replace('\0', ' ')), retryable);
        }
    }
}
