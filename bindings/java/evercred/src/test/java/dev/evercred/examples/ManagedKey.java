package dev.evercred.examples;

import dev.evercred.EvercredClient;
import dev.evercred.Source;

public class ManagedKey {
    /** Stands for an SDK's exception with the service's error code. */
    public static class ServiceException extends Exception {
        private static final long serialVersionUID = 1;

        final String code;

        ServiceException(String code) {
            super(code);
            this.code = code;
        }
    }

    static String codeOf(Throwable error) {
        return error instanceof ServiceException ? ((ServiceException) error).code : null;
    }

    /** Stands for a call of your service. */
    static String list(String accessKeyId, String accessKeySecret) throws ServiceException {
        if (accessKeyId.isEmpty() || accessKeySecret.isEmpty()) {
            throw new ServiceException("InvalidAccessKeyId.NotFound");
        }
        return "listed with " + accessKeyId;
    }

    public static void main(String[] arguments) throws ServiceException {
        try (EvercredClient client = EvercredClient.builder().environment().build();
                Source source = client.managed("acs/ram/user/app")) {
            String answer =
                    source.call(key -> list(key.accessKeyId(), key.accessKeySecret()), ManagedKey::codeOf);
            System.out.println(answer);
        }
    }
}
