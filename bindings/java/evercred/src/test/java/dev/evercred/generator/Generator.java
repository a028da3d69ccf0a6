package dev.evercred.generator;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes the sources that follow from {@code include/evercred.h} and {@code abi/options.json}. They are committed, so
 * that they can be read, searched and stepped through, and a test compares them. After a change of the header or of the
 * options: {@code make java-generated}.
 */
public final class Generator {
    private Generator() {}

    /** The generated files by their path inside {@code bindings/java/evercred}. */
    public static Map<String, String> generate(Path repository) throws IOException {
        Map<String, String> files = new LinkedHashMap<>();
        Header header = Header.parse(read(repository.resolve("include/evercred.h")));
        files.put("src/main/c/evercred_jni.c", GlueWriter.c(header));
        files.put("src/main/java/dev/evercred/Native.java", GlueWriter.java(header));
        EnumWriter.write(header, files);
        OptionsWriter.write(read(repository.resolve("abi/options.json")), files);
        return files;
    }

    public static void main(String[] arguments) throws IOException {
        Path repository = Paths.get(arguments[0]);
        for (Map.Entry<String, String> file : generate(repository).entrySet()) {
            Path path = repository.resolve("bindings/java/evercred").resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, file.getValue().getBytes(StandardCharsets.UTF_8));
        }
    }

    private static String read(Path path) throws IOException {
        return new String(Files.readAllBytes(path), StandardCharsets.UTF_8);
    }

    /** {@code source_get_newer} with {@code false} is {@code sourceGetNewer}, with {@code true} SourceGetNewer. */
    static String camel(String snake, boolean capital) {
        StringBuilder out = new StringBuilder();
        boolean upper = capital;
        for (char c : snake.toCharArray()) {
            if (c == '_') {
                upper = true;
            } else {
                out.append(upper ? Character.toUpperCase(c) : c);
                upper = false;
            }
        }
        return out.toString();
    }

    /** A doc comment of these words, wrapped. */
    static String comment(String indent, String text) {
        StringBuilder out = new StringBuilder();
        String oneLine = indent + "/** " + text + " */";
        if (oneLine.length() <= 120) {
            return oneLine + "\n";
        }
        out.append(indent).append("/**\n");
        StringBuilder line = new StringBuilder(indent + " *");
        for (String word : text.split(" ")) {
            if (line.length() + 1 + word.length() > 120) {
                out.append(line).append('\n');
                line = new StringBuilder(indent + " *");
            }
            line.append(' ').append(word);
        }
        return out.append(line).append('\n').append(indent).append(" */\n").toString();
    }

    /** The text of a comment as javadoc. */
    static String javadoc(String text) {
        String escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("*/", "*&#47;");
        StringBuilder out = new StringBuilder();
        boolean code = false;
        for (String part : escaped.split("`", -1)) {
            if (code) {
                String plain = part.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
                boolean balanced = plain.indexOf('{') < 0 && plain.indexOf('}') < 0;
                out.append(balanced ? "{@code " + member(plain) + "}" : part);
            } else {
                out.append(part);
            }
            code = !code;
        }
        return out.toString();
    }

    /** A function of C is the method of the same thing in Java. */
    private static String member(String code) {
        if (!code.startsWith("evercred_")) {
            return code;
        }
        String[] parts = code.substring("evercred_".length()).split("_", 2);
        String verb = parts.length < 2 ? "" : parts[1].replaceAll("_(at_)?ms$", "$1").replaceAll("_$", "");
        String type;
        switch (parts[0]) {
            case "error":
                type = "EvercredException";
                break;
            case "client":
            case "code":
                type = "EvercredClient";
                break;
            default:
                type = camel(parts[0], true);
        }
        return verb.isEmpty() ? type : type + "." + camel(verb, false) + "()";
    }
}
