package dev.evercred;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The native files of this jar, unpacked into a folder that is named after their content, so that later starts find
 * them there. Only a folder that belongs to this user and that nobody else can write to is used. Folders that cannot
 * be written, or from which nothing may be executed, are passed over.
 */
final class Unpacked {
    static final String[] GLUE_ONLY = {NativeLibrary.GLUE};
    static final String[] BOTH = {NativeLibrary.GLUE, NativeLibrary.LIBRARY};

    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

    private final Platform platform;
    private final String resources;
    /** The hash and the size of each file: {@code libevercred.so = <sha256> <size>}. */
    private final Map<String, String[]> files = new TreeMap<>();

    Unpacked(Platform platform) {
        this.platform = platform;
        resources = "native/" + platform.name() + "/";
        try (InputStream in = Unpacked.class.getResourceAsStream(resources + "evercred.id")) {
            if (in != null) {
                Properties properties = new Properties();
                properties.load(in);
                for (String name : properties.stringPropertyNames()) {
                    files.put(name, properties.getProperty(name).split(" "));
                }
            }
        } catch (IOException e) {
            files.clear();
        }
    }

    Platform platform() {
        return platform;
    }

    /** Whether the jar has this file for this platform. */
    boolean has(String name) {
        return files.containsKey(name);
    }

    /**
     * Unpacks the files and uses their folder; tries other folders until one works.
     *
     * @param use returns what is wrong with the folder, or null
     * @return what is wrong with all of them, or null
     */
    String inFolders(String[] names, Function<Path, String> use) {
        List<String> wrong = new ArrayList<>();
        for (Path base : bases()) {
            try {
                Path folder = folder(base);
                for (String name : names) {
                    unpack(folder, name);
                }
                String reason = use.apply(folder);
                if (reason == null) {
                    return null;
                }
                wrong.add(reason);
            } catch (IOException | RuntimeException e) {
                wrong.add(base + ": " + e);
            }
        }
        return "the native library could be unpacked into no folder, set the system property " + NativeLibrary.PROPERTY
                + " to a folder with " + String.join(" and ", BOTH) + ": " + String.join("; ", wrong);
    }

    /** Uses a copy of a file, which is removed afterwards. A file that is mapped stays readable. */
    String withCopy(Path file, Function<Path, String> use) {
        List<String> wrong = new ArrayList<>();
        List<Path> bases = new ArrayList<>();
        bases.add(file.getParent());
        bases.addAll(bases());
        for (Path base : bases) {
            Path copy = null;
            try {
                copy = Files.createTempFile(
                        base, "libevercred_jni-", ".so", PosixFilePermissions.asFileAttribute(PRIVATE));
                Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
                return use.apply(copy);
            } catch (IOException | RuntimeException | UnsatisfiedLinkError e) {
                wrong.add(base + ": " + e.getMessage());
            } finally {
                delete(copy);
            }
        }
        return file + " belongs to another class loader, and a copy could be loaded from no folder: "
                + String.join("; ", wrong);
    }

    private static void delete(Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // It stays behind in a folder for temporary files.
        }
    }

    private static Set<Path> bases() {
        Set<Path> bases = new LinkedHashSet<>();
        add(bases, System.getProperty("java.io.tmpdir"), "");
        add(bases, System.getenv("XDG_RUNTIME_DIR"), "");
        add(bases, System.getProperty("user.home"), ".cache");
        add(bases, "/dev/shm", "");
        add(bases, "/var/tmp", "");
        return bases;
    }

    private static void add(Set<Path> bases, String folder, String inside) {
        if (folder != null && !folder.isEmpty()) {
            bases.add(Paths.get(folder).resolve(inside).toAbsolutePath().normalize());
        }
    }

    /** A private folder of this user for these very files. */
    private Path folder(Path base) throws IOException {
        StringBuilder id = new StringBuilder();
        for (String[] file : files.values()) {
            id.append('-').append(file[0], 0, 12);
        }
        String user = System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9._]", "_");
        Path folder = base.resolve("evercred-" + user + id);
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(base);
            try {
                Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PRIVATE));
            } catch (FileAlreadyExistsException e) {
                // Another process was faster, or it is a link; what is looked at next tells.
            }
        }
        if (!isOurs(folder)) {
            throw new IOException(folder + " belongs to another user or others can write to it");
        }
        return folder;
    }

    private static boolean isOurs(Path folder) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS);
        if (permissions.contains(PosixFilePermission.GROUP_WRITE)
                || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            return false;
        }
        Object owner = Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        return owner.equals(Files.getAttribute(Paths.get("/proc/self"), "unix:uid"));
    }

    /** A file of the right size in this folder is the right one: it was moved there when it was complete. */
    private void unpack(Path folder, String name) throws IOException {
        Path file = folder.resolve(name);
        long size = Long.parseLong(files.get(name)[1]);
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && Files.size(file) == size) {
            return;
        }
        byte[] content = read(name);
        if (content.length != size) {
            throw new IOException(name + " in the jar has another size than its record");
        }
        Path part = Files.createTempFile(folder, name, ".part", PosixFilePermissions.asFileAttribute(PRIVATE));
        try {
            Files.write(part, content);
            try {
                Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
            }
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private byte[] read(String name) throws IOException {
        try (InputStream in = Unpacked.class.getResourceAsStream(resources + name)) {
            if (in == null) {
                throw new IOException(name + " is not in the jar");
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
            }
            return out.toByteArray();
        }
    }
}
