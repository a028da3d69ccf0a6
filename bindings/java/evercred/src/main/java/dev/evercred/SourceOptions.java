package dev.evercred;

/** Options of one source, which override the client's. Not thread-safe while it is filled in. */
public final class SourceOptions extends SourceSettings<SourceOptions> {
    private SourceOptions() {}

    /** No option is set. */
    public static SourceOptions create() {
        return new SourceOptions();
    }

    @Override
    SourceOptions self() {
        return this;
    }
}
