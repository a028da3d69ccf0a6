package dev.evercred.generator;

import java.util.ArrayList;
import java.util.List;

/**
 * The glue between the JVM and C: for each function of the header one native method and one JNI function. Handles cross
 * as {@code long}, texts as UTF-8 bytes, out arguments in an array of one element, an error as the handle that C
 * returned. What is written by hand, texts, callbacks and the loading, is in {@code support.h}.
 */
final class GlueWriter {
    private static final String SAYS = "Generated from include/evercred.h by dev.evercred.generator.Generator.";

    private GlueWriter() {}

    static String c(Header header) {
        StringBuilder out = new StringBuilder();
        out.append("/* ").append(SAYS).append(" */\n#include <evercred.h>\n#include <jni.h>\n\n");
        out.append("/* The functions of the one shared libevercred, which is opened while the program runs. */\nstatic struct {\n");
        for (Header.Function function : header.functions) {
            out.append("    __typeof__(").append(function.name).append(") *").append(function.name).append(";\n");
        }
        out.append("} lib;\n\nstatic const struct {\n    const char *name;\n    void **address;\n} functions[] = {\n");
        for (Header.Function function : header.functions) {
            out.append("    {\"").append(function.name).append("\", (void **)&lib.").append(function.name).append("},\n");
        }
        out.append("};\n\n#include \"support.h\"\n");
        for (Header.Function function : header.functions) {
            out.append('\n');
            function(function, out);
        }
        return out.toString();
    }

    static String java(Header header) {
        StringBuilder out = new StringBuilder();
        out.append("package dev.evercred;\n\nimport java.nio.ByteBuffer;\n\n/**\n * The functions of C. ").append(SAYS);
        out.append("\n *\n * <p>A handle is a {@code long}, a text is UTF-8 in bytes without a NUL, and an out argument is an array");
        out.append("\n * of one element. A {@code long} that is returned by a function that can fail is an error, or 0.\n */\n");
        out.append("final class Native {\n    /** The version of the ABI that this class was generated for. */\n");
        out.append("    static final int ABI_VERSION = ").append(header.abiVersion).append(";\n\n    private Native() {}\n\n");
        out.append("    /** Opens libevercred. Returns null, or what is wrong. */\n    static native byte[] load(byte[] path);\n");
        for (Header.Function function : header.functions) {
            List<String> parameters = new ArrayList<>();
            for (Header.Parameter parameter : function.parameters) {
                String type = javaType(parameter.type);
                if (type != null) {
                    parameters.add(type + " " + Generator.camel(parameter.name, false));
                }
            }
            String head = "    static native " + javaReturn(function) + " " + method(function) + "(";
            String line = head + String.join(", ", parameters) + ");\n";
            if (line.length() > 121) {
                line = head + "\n            " + String.join(", ", parameters) + ");\n";
            }
            out.append('\n').append(line);
        }
        return out.append("}\n").toString();
    }

    private static String method(Header.Function function) {
        return Generator.camel(function.name.substring("evercred_".length()), false);
    }

    private static boolean isText(String type) {
        return type.equals("const char *");
    }

    /** Null: the parameter has no counterpart in Java. */
    private static String javaType(String type) {
        switch (type) {
            case "int32_t":
                return "int";
            case "int64_t":
            case "uint64_t":
                return "long";
            case "bool":
                return "boolean";
            case "size_t *":
            case "void *":
            case "evercred_free_callback":
                return null;
            default:
                if (isText(type)) {
                    return "byte[]";
                }
                if (type.endsWith("_callback")) {
                    return "Object";
                }
                if (type.startsWith("evercred_") && type.endsWith(" **")) {
                    return "long[]";
                }
                if (type.matches("(const )?evercred_\\w+ \\*")) {
                    return "long";
                }
                throw new IllegalStateException("the generator does not know the parameter type " + type);
        }
    }

    private static String javaReturn(Header.Function function) {
        switch (function.returns) {
            case "void":
                return "void";
            case "bool":
                return "boolean";
            case "int32_t":
            case "uint32_t":
                return "int";
            case "int64_t":
            case "uint64_t":
                return "long";
            case "const char *":
                return "byte[]";
            case "const uint64_t *":
                return "ByteBuffer";
            default:
                if (function.returns.matches("(const )?evercred_\\w+ \\*")) {
                    return "long";
                }
                throw new IllegalStateException("the generator does not know the return type " + function.returns);
        }
    }

    private static String cType(String javaType) {
        switch (javaType) {
            case "byte[]":
                return "jbyteArray";
            case "long[]":
                return "jlongArray";
            case "Object":
            case "ByteBuffer":
                return "jobject";
            case "void":
                return "void";
            default:
                return "j" + javaType;
        }
    }

    private static void function(Header.Function function, StringBuilder out) {
        String javaReturn = javaReturn(function);
        List<String> parameters = new ArrayList<>();
        List<String> arguments = new ArrayList<>();
        StringBuilder before = new StringBuilder();
        StringBuilder after = new StringBuilder();
        boolean hasLength = false;
        for (Header.Parameter parameter : function.parameters) {
            String javaType = javaType(parameter.type);
            String name = parameter.name;
            if (javaType != null) {
                parameters.add(cType(javaType) + " " + name);
            }
            if (parameter.type.equals("size_t *")) {
                hasLength = true;
                arguments.add("&length");
            } else if (parameter.type.equals("void *")) {
                arguments.add("target");
            } else if (parameter.type.equals("evercred_free_callback")) {
                arguments.add("release_target");
            } else if (javaType.equals("Object")) {
                String kind = parameter.type.replaceAll("^evercred_|_callback$", "");
                before.append("    jobject target = ").append(kind).append("_target(env, ").append(name).append(");\n");
                before.append("    if (target == NULL) {\n        return 0;\n    }\n");
                after.append("    if (result != NULL) {\n        release_target(target);\n    }\n");
                arguments.add("on_" + kind);
            } else if (javaType.equals("byte[]")) {
                before.append("    char *").append(name).append("_text = text_in(env, ").append(name).append(");\n");
                after.append("    text_done(").append(name).append("_text);\n");
                arguments.add(name + "_text");
            } else if (javaType.equals("long[]")) {
                before.append("    ").append(parameter.type.substring(0, parameter.type.length() - 1)).append(name);
                before.append("_handle = NULL;\n");
                after.append("    set_out(env, ").append(name).append(", ").append(name).append("_handle);\n");
                arguments.add("&" + name + "_handle");
            } else if (javaType.equals("long") && parameter.type.endsWith("*")) {
                arguments.add("(" + parameter.type + ")(intptr_t)" + name);
            } else {
                arguments.add("(" + parameter.type + ")" + name);
            }
        }
        String call = "lib." + function.name + "(" + String.join(", ", arguments) + ")";
        out.append("JNIEXPORT ").append(cType(javaReturn)).append(" JNICALL\nJava_dev_evercred_Native_");
        out.append(method(function)).append("(JNIEnv *env, jclass class");
        for (String parameter : parameters) {
            out.append(", ").append(parameter);
        }
        out.append(") {\n    (void)env;\n    (void)class;\n").append(before);
        if (hasLength) {
            out.append("    size_t length = 0;\n");
        }
        if (javaReturn.equals("void")) {
            out.append("    ").append(call).append(";\n").append(after);
        } else {
            String type = function.returns;
            out.append("    ").append(type).append(type.endsWith("*") ? "" : " ").append("result = ").append(call).append(";\n");
            out.append(after).append("    return ").append(converted(javaReturn, hasLength, type)).append(";\n");
        }
        out.append("}\n");
    }

    private static String converted(String javaReturn, boolean hasLength, String type) {
        switch (javaReturn) {
            case "byte[]":
                return hasLength ? "bytes_out(env, result, length)" : "bytes_out(env, result, strlen(result))";
            case "ByteBuffer":
                return "(*env)->NewDirectByteBuffer(env, (void *)(intptr_t)result, sizeof *result)";
            default:
                return type.endsWith("*") ? "(jlong)(intptr_t)result" : "(" + cType(javaReturn) + ")result";
        }
    }
}
