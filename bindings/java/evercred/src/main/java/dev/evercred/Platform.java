package dev.evercred;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Locale;

/** The machine for which a native library is built, such as {@code linux-x86_64-gnu}. */
final class Platform {
    private final String name;

    private Platform(String name) {
        this.name = name;
    }

    static Platform current() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String arch = arch(System.getProperty("os.arch", "").toLowerCase(Locale.ROOT));
        if (!os.startsWith("linux")) {
            return new Platform(os.replaceAll("[^a-z0-9]", "") + "-" + arch);
        }
        return new Platform("linux-" + arch + "-" + libc());
    }

    static String arch(String arch) {
        switch (arch) {
            case "amd64":
            case "x86-64":
                return "x86_64";
            case "arm64":
                return "aarch64";
            default:
                return arch;
        }
    }

    /** The C library that this JVM itself runs on: a machine may have both. */
    private static String libc() {
        try {
            byte[] maps = Files.readAllBytes(Paths.get("/proc/self/maps"));
            return libc(new String(maps, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return "gnu";
        }
    }

    static String libc(String maps) {
        return maps.contains("/ld-musl-") || maps.contains("/libc.musl-") ? "musl" : "gnu";
    }

    String name() {
        return name;
    }
}
