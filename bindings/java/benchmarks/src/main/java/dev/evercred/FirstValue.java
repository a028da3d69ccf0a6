package dev.evercred;

/** A process that gets one value, or with an argument none: the difference is what the library costs at the start. */
public final class FirstValue {
    private FirstValue() {}

    /** Prints the length of the password, which is no secret. */
    public static void main(String[] arguments) {
        if (arguments.length > 0) {
            System.out.println(0);
            return;
        }
        try (EvercredClient client = EvercredClient.builder().environment().build();
                Source source = client.database("ap-guangzhou", "cdb-1", "app")) {
            System.out.println(source.get().password().length());
        }
    }
}
