package dev.evercred;

/**
 * Keeps an object reachable while a call uses what it owns: {@code Reference.reachabilityFence}, which Java 8 lacks.
 */
final class Fence {
    private static volatile Object nobody = new Object();

    private Fence() {}

    static void keepReachable(Object object) {
        // The comparison needs the reference, and a compiler cannot foresee the volatile field.
        if (object == nobody) {
            throw new AssertionError();
        }
    }
}
