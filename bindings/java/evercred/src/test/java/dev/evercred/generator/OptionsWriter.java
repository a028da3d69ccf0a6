package dev.evercred.generator;

import dev.evercred.testing.Json;
import java.util.List;
import java.util.Map;

/** The typed options, from the option table. */
final class OptionsWriter {
    private static final String SAYS = "<p>Generated from abi/options.json by dev.evercred.generator.Generator.";

    private OptionsWriter() {}

    @SuppressWarnings("unchecked")
    static void write(String json, Map<String, String> files) {
        List<Object> options = (List<Object>) Json.parse(json);
        StringBuilder source = new StringBuilder();
        StringBuilder client = new StringBuilder();
        StringBuilder choices = new StringBuilder();
        for (Object element : options) {
            Map<String, Object> option = (Map<String, Object>) element;
            boolean isClients = option.get("scope").equals("client");
            setter(option, isClients ? client : source);
            if (option.get("takes").equals("choice")) {
                choice(option, choices);
            }
        }
        files.put("src/main/java/dev/evercred/SourceSettings.java", head(
                        "The options that a client and a single source can have. A later call replaces an earlier one.",
                        "SourceSettings", "Settings")
                + "    SourceSettings() {}\n" + source + "}\n");
        files.put("src/main/java/dev/evercred/ClientSettings.java", head(
                        "The options of a client. A later call replaces an earlier one.", "ClientSettings", "SourceSettings")
                + "    ClientSettings() {}\n" + client + "}\n");
        files.put("src/main/java/dev/evercred/Choices.java",
                "package dev.evercred;\n\n/**\n * The values of options that are a choice.\n *\n * " + SAYS
                        + "\n */\npublic final class Choices {\n    private Choices() {}\n" + choices + "}\n");
    }

    private static String head(String doc, String name, String parent) {
        return "package dev.evercred;\n\nimport java.time.Duration;\n\n/**\n * " + doc + "\n *\n * " + SAYS
                + "\n *\n * @param <T> the type that the setters return\n */\n"
                + "public abstract class " + name + "<T extends " + name + "<T>> extends " + parent + "<T> {\n";
    }

    private static void setter(Map<String, Object> option, StringBuilder out) {
        String name = (String) option.get("name");
        String takes = (String) option.get("takes");
        String method = name;
        String type = "String";
        String value = "value";
        String unit = "";
        if (takes.equals("milliseconds") || takes.equals("number") && name.endsWith("_s")) {
            method = name.replaceAll("_m?s$", "");
            type = "Duration";
            value = name.endsWith("_ms") ? "millis(\"" + name + "\", value)" : "seconds(\"" + name + "\", value)";
            unit = name.endsWith("_ms") ? " In whole milliseconds." : " In whole seconds.";
        } else if (takes.equals("number")) {
            type = "long";
            value = "Long.toString(value)";
        } else if (takes.equals("bool")) {
            type = "boolean";
            value = "Boolean.toString(value)";
        } else if (takes.equals("choice")) {
            type = "Choices." + Generator.camel(name, true);
            value = "value.text()";
        } else if (takes.equals("secret")) {
            unit = " The value is a secret.";
        }
        String range = option.containsKey("min") ? " From " + option.get("min") + " to " + option.get("max") + "." : "";
        String initial = (String) option.get("default");
        String text = Generator.javadoc((String) option.get("doc")) + unit + range
                + (initial == null || initial.isEmpty() ? "" : " Default: {@code " + initial + "}.");
        out.append('\n').append(Generator.comment("    ", "The option {@code " + name + "}. " + text));
        out.append("    public final T ").append(Generator.camel(method, false)).append('(').append(type).append(" value) {\n");
        out.append("        return option(\"").append(name).append("\", ").append(value).append(");\n    }\n");
    }

    @SuppressWarnings("unchecked")
    private static void choice(Map<String, Object> option, StringBuilder out) {
        String name = (String) option.get("name");
        out.append("\n    /** The values of the option {@code ").append(name).append("}. */\n    public enum ");
        out.append(Generator.camel(name, true)).append(" {\n");
        String separator = "";
        for (Object word : (List<Object>) option.get("choices")) {
            String text = (String) word;
            out.append(separator).append("        /** {@code ").append(text).append("}. */\n        ");
            out.append(constant(text)).append("(\"").append(text).append("\")");
            separator = ",\n";
        }
        out.append(";\n\n        private final String text;\n\n        ").append(Generator.camel(name, true));
        out.append("(String text) {\n            this.text = text;\n        }\n\n");
        out.append("        /** The text of the value. */\n        public String text() {\n            return text;\n        }\n    }\n");
    }

    /** {@code TC3-HMAC-SHA256} is TC3_HMAC_SHA256, HmacSHA256 is HMAC_SHA256. */
    private static String constant(String text) {
        return text.replaceAll("([a-z])([A-Z])", "$1_$2").replaceAll("[^A-Za-z0-9]+", "_").toUpperCase(java.util.Locale.ROOT);
    }
}
