package dev.evercred.examples;

import dev.evercred.EvercredClient;
import dev.evercred.Source;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

public class DatabaseLogin {
    /** A refused login is reported, and the login is made once more with the next password. */
    static Connection connect(Source source, String url) throws SQLException {
        return source.call(
                credential -> DriverManager.getConnection(url, credential.username(), credential.password()));
    }

    public static void main(String[] arguments) throws SQLException {
        try (EvercredClient client = EvercredClient.builder().environment().build();
                Source source = client.database("ap-guangzhou", "cdb-example1", "app_user");
                Connection connection = connect(source, arguments[0])) {
            System.out.println("logged in as " + connection.getMetaData().getUserName());
        }
    }
}
