package dev.evercred.examples;

import dev.evercred.AccessKey;
import dev.evercred.EvercredClient;
import dev.evercred.IdentityException;
import dev.evercred.Source;

public class VaultIdentity {
    /** Stands for a look-up in a vault. It may block. */
    static AccessKey fromVault() throws IdentityException {
        String id = System.getenv("VAULT_KEY_ID");
        String secret = System.getenv("VAULT_KEY_SECRET");
        if (id == null || secret == null) {
            throw new IdentityException("the vault has no key for this service", false);
        }
        return AccessKey.of(id, secret);
    }

    public static void main(String[] arguments) {
        try (EvercredClient client =
                        EvercredClient.builder().environment().identity(VaultIdentity::fromVault).build();
                Source source = client.database("ap-guangzhou", "cdb-example1", "app_user")) {
            System.out.println(source.get());
        }
    }
}
