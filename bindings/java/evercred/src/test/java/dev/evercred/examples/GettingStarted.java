package dev.evercred.examples;

import dev.evercred.Credential;
import dev.evercred.EvercredClient;
import dev.evercred.Source;

public class GettingStarted {
    public static void main(String[] arguments) {
        try (EvercredClient client = EvercredClient.builder().environment().build();
                Source source = client.database("ap-guangzhou", "cdb-example1", "app_user")) {
            Credential credential = source.get(); // waits only if it must
            // log in with credential.username() and credential.password()
            System.out.println(credential);
        }
    }
}
