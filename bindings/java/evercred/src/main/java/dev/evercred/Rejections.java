package dev.evercred;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/** Looks for a code of a rejected credential in an exception and in what caused it. */
final class Rejections {
    private static final boolean HAS_SQL = hasSql();

    private Rejections() {}

    static boolean find(
            Throwable failure, Function<? super Throwable, String> codeOf, Predicate<String> isRejectionCode) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        return find(failure, codeOf, isRejectionCode, seen);
    }

    private static boolean find(
            Throwable failure,
            Function<? super Throwable, String> codeOf,
            Predicate<String> isRejectionCode,
            Set<Throwable> seen) {
        for (Throwable error = failure; error != null && seen.add(error); error = error.getCause()) {
            String code = codeOf.apply(error);
            if (code != null && isRejectionCode.test(code)) {
                return true;
            }
            if (HAS_SQL && Sql.isRejection(error, isRejectionCode)) {
                return true;
            }
            Throwable next = HAS_SQL ? Sql.next(error) : null;
            if (next != null && find(next, codeOf, isRejectionCode, seen)) {
                return true;
            }
        }
        return false;
    }

    /** The module java.sql may be missing. */
    private static boolean hasSql() {
        try {
            Class.forName("java.sql.SQLException");
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    private static final class Sql {
        static boolean isRejection(Throwable error, Predicate<String> isRejectionCode) {
            if (!(error instanceof java.sql.SQLException)) {
                return false;
            }
            java.sql.SQLException sql = (java.sql.SQLException) error;
            return sql.getSQLState() != null && isRejectionCode.test(sql.getSQLState())
                    || sql.getErrorCode() != 0 && isRejectionCode.test(Integer.toString(sql.getErrorCode()));
        }

        static Throwable next(Throwable error) {
            return error instanceof java.sql.SQLException ? ((java.sql.SQLException) error).getNextException() : null;
        }
    }
}
