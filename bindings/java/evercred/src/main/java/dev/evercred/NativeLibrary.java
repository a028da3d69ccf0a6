package dev.evercred;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Loads the two native files: the glue of this jar, which belongs to one loader of classes, and libevercred, which all
 * loaders of the process share.
 *
 * <p>libevercred is looked for in this order: the system property {@code evercred.library} (a file, or a folder that
 * holds it), the folders of {@code java.library.path}, this jar, and the system's loader. The glue is the one beside
 * libevercred, if there is one, otherwise that of this jar.
 */
final class NativeLibrary {
    static final String PROPERTY = "evercred.library";
    static final String LIBRARY = "libevercred.so";
    static final String GLUE = "libevercred_jni.so";
    /** The name by which the system's loader knows it. */
    private static final String SONAME = "libevercred.so.0";

    private static final ReentrantLock LOCK = new ReentrantLock();
    private static volatile boolean isLoaded;
    private static String failure;

    private NativeLibrary() {}

    /** Loads the library once. A failure is permanent, because a loader of classes cannot load the glue again. */
    static void load() {
        if (isLoaded) {
            return;
        }
        LOCK.lock();
        try {
            if (isLoaded) {
                return;
            }
            if (failure == null) {
                failure = attempt();
            }
            if (failure != null) {
                throw EvercredException.of(ErrorCode.UNSUPPORTED, failure, null);
            }
            isLoaded = true;
        } finally {
            LOCK.unlock();
        }
    }

    /** Returns what is wrong, or null. */
    private static String attempt() {
        Platform platform = Platform.current();
        Unpacked unpacked = new Unpacked(platform);
        String property = System.getProperty(PROPERTY);
        if (property != null && !property.isEmpty()) {
            Path path = Paths.get(property);
            Path file = Files.isDirectory(path) ? firstIn(path) : path;
            if (file == null || !Files.exists(file)) {
                return "the system property " + PROPERTY + " names " + property + ", where there is no " + LIBRARY;
            }
            return open(file.toString(), file.getParent(), unpacked);
        }
        for (String folder : System.getProperty("java.library.path", "").split(File.pathSeparator)) {
            Path file = folder.isEmpty() ? null : firstIn(Paths.get(folder));
            if (file != null) {
                return open(file.toString(), file.getParent(), unpacked);
            }
        }
        if (unpacked.has(LIBRARY)) {
            return openUnpacked(unpacked);
        }
        if (unpacked.has(GLUE)) {
            // A jar without the library, for machines where it is installed.
            return open(SONAME, null, unpacked);
        }
        return "there is no native library for " + platform.name() + ": set the system property " + PROPERTY
                + " to a libevercred that was built for this machine, and put " + GLUE + " beside it";
    }

    private static Path firstIn(Path folder) {
        for (String name : new String[] {SONAME, LIBRARY}) {
            Path file = folder.resolve(name);
            if (Files.isRegularFile(file)) {
                return file;
            }
        }
        return null;
    }

    private static String open(String library, Path folder, Unpacked unpacked) {
        Path beside = folder == null ? null : folder.resolve(GLUE);
        String wrong;
        if (beside != null && Files.isRegularFile(beside)) {
            wrong = loadGlue(beside, unpacked);
        } else if (unpacked.has(GLUE)) {
            wrong = unpacked.inFolders(Unpacked.GLUE_ONLY, new LoadGlue(unpacked));
        } else {
            return "there is no " + GLUE + " for " + unpacked.platform().name() + " in this jar nor beside " + library;
        }
        return wrong != null ? wrong : openLibrary(library);
    }

    private static String openUnpacked(Unpacked unpacked) {
        LoadGlue load = new LoadGlue(unpacked);
        String wrong = unpacked.inFolders(Unpacked.BOTH, load);
        return wrong != null ? wrong : openLibrary(load.folder.resolve(LIBRARY).toString());
    }

    /** Loads the glue from a folder, and remembers the last one. */
    private static final class LoadGlue implements Function<Path, String> {
        private final Unpacked unpacked;
        private Path folder;

        LoadGlue(Unpacked unpacked) {
            this.unpacked = unpacked;
        }

        @Override
        public String apply(Path from) {
            folder = from;
            return loadGlue(from.resolve(GLUE), unpacked);
        }
    }

    private static String openLibrary(String library) {
        byte[] wrong = Native.load(Texts.utf8("library", library));
        return wrong == null ? null : "cannot use " + library + ": " + new String(wrong, StandardCharsets.UTF_8);
    }

    /** Returns what is wrong, or null. */
    private static String loadGlue(Path file, Unpacked unpacked) {
        try {
            loadFile(file);
            return null;
        } catch (UnsatisfiedLinkError e) {
            String message = String.valueOf(e.getMessage());
            if (message.contains("already loaded in another classloader")) {
                return loadCopy(file, unpacked);
            }
            return "cannot load " + file + ": " + message;
        } catch (RuntimeException e) {
            // IllegalCallerException, which Java 8 does not have.
            if (e.getClass().getName().equals("java.lang.IllegalCallerException")) {
                return "native access is refused to evercred: start java with --enable-native-access=" + module();
            }
            throw e;
        }
    }

    /** The file belongs to another loader of classes, so this one gets a file of its own. */
    private static String loadCopy(Path file, Unpacked unpacked) {
        return unpacked.withCopy(file, copy -> {
            loadFile(copy);
            return null;
        });
    }

    @SuppressWarnings("restricted")
    private static void loadFile(Path file) {
        System.load(file.toAbsolutePath().toString());
    }

    /** The module that native access must be given to; by reflection, because Java 8 has no modules. */
    private static String module() {
        try {
            Object module = Class.class.getMethod("getModule").invoke(NativeLibrary.class);
            Object name = module.getClass().getMethod("getName").invoke(module);
            return name == null ? "ALL-UNNAMED" : (String) name;
        } catch (ReflectiveOperationException e) {
            return "ALL-UNNAMED";
        }
    }
}
