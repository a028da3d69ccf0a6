/** Cloud credentials that are always fresh. */
module dev.evercred {
    requires static java.sql;

    exports dev.evercred;
}
