package dev.evercred;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Texts between Java and C. */
final class Texts {
    private Texts() {}

    /** The bytes of an argument for C, where a NUL ends a text. */
    static byte[] utf8(String argument, String text) {
        Objects.requireNonNull(text, argument);
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("the argument '" + argument + "' contains a NUL character");
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String of(byte[] utf8) {
        return utf8.length == 0 ? "" : new String(utf8, StandardCharsets.UTF_8);
    }
}
