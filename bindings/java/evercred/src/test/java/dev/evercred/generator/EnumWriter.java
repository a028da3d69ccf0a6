package dev.evercred.generator;

import java.util.Map;

/** The enums of the public API, from the constants of the header. */
final class EnumWriter {
    private EnumWriter() {}

    static void write(Header header, Map<String, String> files) {
        one(header, files, "E_", "ErrorCode", "Why a call failed.", "OK");
        one(header, files, "PROGRESS_", "Progress", "How far a failed request got.", null);
        one(header, files, "KIND_", "Kind", "What a credential holds.", null);
        one(header, files, "STATE_", "State", "The state of a value.", null);
        one(header, files, "ORIGIN_", "Origin", "Where a value came from.", null);
        one(header, files, "EVENT_", "EventKind", "What happened.", null);
        one(header, files, "REPORT_", "ReportFormat", "The format of a report.", null);
        one(header, files, "LOG_", "LogLevel", "The severity of a log message.", null);
    }

    private static void one(
            Header header, Map<String, String> files, String prefix, String name, String doc, String zero) {
        StringBuilder out = new StringBuilder();
        out.append("package dev.evercred;\n\n/**\n * ").append(doc).append("\n *\n * <p>Later versions of the library may ");
        out.append("know more: a number that this class does not know is {@link #UNKNOWN}.\n *\n");
        out.append(" * <p>Generated from include/evercred.h by dev.evercred.generator.Generator.\n */\npublic enum ");
        out.append(name).append(" {\n");
        int count = 0;
        for (Header.Constant constant : header.constants) {
            boolean isZero = constant.name.equals(zero);
            if (isZero || constant.name.startsWith(prefix)) {
                String constantName = isZero ? zero : constant.name.substring(prefix.length());
                out.append(Generator.comment("    ", Generator.javadoc(constant.doc)));
                out.append("    ").append(constantName).append('(').append(constant.number).append("),\n\n");
                count++;
            }
        }
        if (count == 0) {
            throw new IllegalStateException("evercred.h has no constant EVERCRED_" + prefix);
        }
        out.append("    /** A number that this version does not know. */\n    UNKNOWN(-1);\n\n");
        out.append("    private static final ").append(name).append("[] ALL = values();\n\n    private final int number;\n\n");
        out.append("    ").append(name).append("(int number) {\n        this.number = number;\n    }\n\n");
        out.append("    /** The number in the C interface; -1 for {@link #UNKNOWN}. */\n");
        out.append("    public int number() {\n        return number;\n    }\n\n");
        out.append("    static ").append(name).append(" of(int number) {\n        for (").append(name);
        out.append(" value : ALL) {\n            if (value.number == number) {\n                return value;\n            }\n");
        out.append("        }\n        return UNKNOWN;\n    }\n}\n");
        files.put("src/main/java/dev/evercred/" + name + ".java", out.toString());
    }
}
