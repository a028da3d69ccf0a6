package dev.evercred.generator;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code evercred.h} declares. */
final class Header {
    static final class Constant {
        final String name;
        final int number;
        final String doc;

        Constant(String name, int number, String doc) {
            this.name = name;
            this.number = number;
            this.doc = doc;
        }
    }

    static final class Parameter {
        final String type;
        final String name;

        Parameter(String type, String name) {
            this.type = type;
            this.name = name;
        }
    }

    static final class Function {
        final String returns;
        final String name;
        final List<Parameter> parameters = new ArrayList<>();

        Function(String returns, String name) {
            this.returns = returns;
            this.name = name;
        }
    }

    final List<Constant> constants = new ArrayList<>();
    final List<Function> functions = new ArrayList<>();
    int abiVersion = -1;

    private Header() {}

    static Header parse(String text) {
        Header header = new Header();
        Matcher abi = Pattern.compile("#define EVERCRED_ABI_VERSION (\\d+)").matcher(text);
        if (abi.find()) {
            header.abiVersion = Integer.parseInt(abi.group(1));
        }
        Matcher constant =
                Pattern.compile("/\\*\\*((?:[^*]|\\*(?!/))*)\\*/\\s*#define EVERCRED_(\\w+) (\\d+)").matcher(text);
        while (constant.find()) {
            String doc = constant.group(1).replaceAll("(?m)^\\s*\\* ?", "").replaceAll("\\s+", " ").trim();
            header.constants.add(new Constant(constant.group(2), Integer.parseInt(constant.group(3)), doc));
        }
        String code = text.replaceAll("(?s)/\\*.*?\\*/", " ").replaceAll("(?m)^#.*$", " ").replaceAll("\\s+", " ");
        Matcher function =
                Pattern.compile("EVERCRED_API (?:EVERCRED_MUST_USE )?([\\w ]+?[ *]+)(evercred_\\w+)\\(([^)]*)\\);")
                        .matcher(code);
        while (function.find()) {
            Function parsed = new Function(type(function.group(1)), function.group(2));
            if (!function.group(3).trim().equals("void")) {
                for (String parameter : function.group(3).split(",")) {
                    Matcher parts = Pattern.compile("(.*?)(\\w+)").matcher(parameter.trim());
                    if (!parts.matches()) {
                        throw new IllegalStateException("a parameter of " + parsed.name + ": " + parameter);
                    }
                    parsed.parameters.add(new Parameter(type(parts.group(1)), parts.group(2)));
                }
            }
            header.functions.add(parsed);
        }
        if (header.abiVersion < 0 || header.constants.isEmpty() || header.functions.isEmpty()) {
            throw new IllegalStateException("evercred.h has another form than this generator expects");
        }
        return header;
    }

    private static String type(String text) {
        return text.trim().replaceAll("\\s*(\\*+)", " $1");
    }
}
