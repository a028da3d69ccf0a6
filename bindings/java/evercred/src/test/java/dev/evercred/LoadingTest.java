package dev.evercred;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.evercred.testing.ChildJvm;
import dev.evercred.testing.Programs;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How the native library is found, in JVMs of their own. */
@Timeout(120)
class LoadingTest {
    private static final Path CLASSES = Paths.get(System.getProperty("evercred.classes"));

    @TempDir
    Path work;

    private Path tmp;

    @BeforeEach
    void folder() throws IOException {
        tmp = Files.createDirectory(work.resolve("tmp"));
    }

    /** A child whose only folder for temporary files is {@link #tmp}, unless it is not usable. */
    private ChildJvm version(String... options) throws Exception {
        return ChildJvm.command(command(options), Map.of("XDG_RUNTIME_DIR", ""));
    }

    private List<String> command(String... options) {
        List<String> command = new ArrayList<>();
        command.add(ChildJvm.java());
        command.addAll(ChildJvm.nativeAccess());
        command.add("-Djava.io.tmpdir=" + tmp);
        command.add("-Duser.home=" + work.resolve("home"));
        command.addAll(Arrays.asList(options));
        if (!command.contains("-cp") && !command.contains("-jar") && !command.contains("-p")) {
            command.addAll(Arrays.asList("-cp", ChildJvm.classPath()));
        }
        if (!command.contains("-jar")) {
            command.addAll(Arrays.asList(Programs.class.getName(), "version"));
        }
        return command;
    }

    private static void assertLoads(ChildJvm child) {
        assertEquals(0, child.exitCode, child::toString);
        assertEquals("version " + EvercredClient.libraryVersion(), child.output.trim());
    }

    /** An error is one line that says what to do. */
    private static void assertRefused(ChildJvm child, String... words) {
        assertEquals(0, child.exitCode, child::toString);
        String[] lines = child.output.trim().split("\n");
        assertEquals(1, lines.length, child::toString);
        for (String word : words) {
            assertTrue(lines[0].contains(word), child::toString);
        }
    }

    private List<Path> unpacked() throws IOException {
        try (Stream<Path> files = Files.walk(tmp)) {
            return files.filter(file -> file.toString().endsWith(".so")).sorted().collect(Collectors.toList());
        }
    }

    @Test
    void theJarsFilesAreUnpackedOnceIntoAPrivateFolder() throws Exception {
        assertLoads(version());
        List<Path> files = unpacked();
        assertEquals(2, files.size(), files::toString);
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(files.get(0).getParent())));
        List<FileTime> times = times(files);
        assertLoads(version());
        assertEquals(files, unpacked());
        assertEquals(times, times(files), "nothing is unpacked again");
    }

    private static List<FileTime> times(List<Path> files) throws IOException {
        List<FileTime> times = new ArrayList<>();
        for (Path file : files) {
            times.add(Files.getLastModifiedTime(file));
        }
        return times;
    }

    @Test
    void aHalfWrittenFileIsReplaced() throws Exception {
        assertLoads(version());
        Path file = unpacked().get(0);
        Files.write(file, new byte[100]);
        assertLoads(version());
        assertTrue(Files.size(file) > 100);
    }

    @Test
    void aFolderThatOthersCanWriteToIsPassedOver() throws Exception {
        assertLoads(version());
        Path folder = unpacked().get(0).getParent();
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        ChildJvm child = version();
        assertLoads(child);
        assertTrue(Files.exists(work.resolve("home/.cache")), "another folder was taken");
    }

    @Test
    void aReadOnlyFolderIsPassedOver() throws Exception {
        // Permissions do not bind root; in /proc nobody creates a file.
        tmp = Paths.get("/proc");
        assertLoads(version());
        assertTrue(Files.exists(work.resolve("home/.cache")));
    }

    @Test
    void aNoexecFolderIsPassedOver() throws Exception {
        List<String> mount = Arrays.asList("unshare", "-m", "mount", "-t", "tmpfs", "-o", "noexec", "none", tmp.toString());
        boolean canMount;
        try {
            canMount = ChildJvm.command(mount, Map.of()).exitCode == 0;
        } catch (IOException e) {
            canMount = false;
        }
        assumeTrue(canMount, "a noexec file system cannot be mounted here");
        String inside = "mount -t tmpfs -o noexec none '" + tmp + "' && exec \"$@\"";
        List<String> command = new ArrayList<>(Arrays.asList("unshare", "-m", "sh", "-c", inside, "sh"));
        command.addAll(command());
        assertLoads(ChildJvm.command(command, Map.of("XDG_RUNTIME_DIR", "")));
        assertTrue(Files.exists(work.resolve("home/.cache")), "another folder was taken");
    }

    @Test
    void aPropertyNamesTheLibrary() throws Exception {
        assertLoads(version());
        Path folder = Files.createDirectory(work.resolve("installed"));
        for (Path file : unpacked()) {
            Files.move(file, folder.resolve(file.getFileName()));
        }
        assertLoads(version("-Devercred.library=" + folder));
        assertLoads(version("-Devercred.library=" + folder.resolve("libevercred.so")));
        assertEquals(0, unpacked().size(), "both files were beside each other");
        assertLoads(version("-Djava.library.path=/nonexistent:" + folder));
        Files.delete(folder.resolve("libevercred_jni.so"));
        assertLoads(version("-Devercred.library=" + folder));
        assertEquals(1, unpacked().size(), "the glue came from the jar");
    }

    @Test
    void aJarWithoutTheLibraryTakesTheInstalledOne() throws Exception {
        assertLoads(version());
        Path installed = Files.createDirectory(work.resolve("installed"));
        Path id = null;
        Path thin = work.resolve("thin");
        try (Stream<Path> files = Files.walk(CLASSES)) {
            for (Path file : files.filter(Files::isRegularFile).collect(Collectors.toList())) {
                Path copy = thin.resolve(CLASSES.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                boolean isLibrary = file.endsWith("libevercred.so");
                Files.copy(file, isLibrary ? installed.resolve("libevercred.so.0") : copy);
                id = file.endsWith("evercred.id") ? copy : id;
            }
        }
        Files.write(id, Files.readAllLines(id).stream().filter(line -> line.contains("jni")).collect(Collectors.toList()));
        String classPath = thin + ":" + CLASSES.resolveSibling("test-classes");
        List<String> command = command("-Djava.library.path=/nonexistent", "-cp", classPath);
        assertRefused(ChildJvm.command(command, Map.of()), "UNSUPPORTED", "libevercred.so.0");
        assertLoads(ChildJvm.command(command, Map.of("LD_LIBRARY_PATH", installed.toString())));
    }

    @Test
    void aWrongPropertyIsNamed() throws Exception {
        assertRefused(version("-Devercred.library=/nonexistent/lib.so"), "UNSUPPORTED", "evercred.library", "/nonexistent/lib.so");
        Path text = Files.write(work.resolve("libevercred.so"), "no library".getBytes());
        assertRefused(version("-Devercred.library=" + text), "UNSUPPORTED", text.toString());
    }

    @Test
    void anotherAbiIsRefused() throws Exception {
        Path source = work.resolve("other.c");
        StringBuilder code = new StringBuilder("unsigned evercred_abi_version(void) { return 4711; }\n");
        Path repository = Paths.get(System.getProperty("evercred.repository"));
        Path other = work.resolve("libother.so");
        compile(source, code.toString(), other);
        assertRefused(version("-Devercred.library=" + other), "older than this jar");
        for (String name : Files.readAllLines(repository.resolve("abi/evercred.syms"))) {
            String symbol = name.trim().replaceAll("[^a-z0-9_]", "");
            if (symbol.startsWith("evercred_") && !symbol.equals("evercred_abi_version")) {
                code.append("void ").append(symbol).append("(void) {}\n");
            }
        }
        compile(source, code.toString(), other);
        assertRefused(version("-Devercred.library=" + other), "ABI version 4711", "needs " + Native.ABI_VERSION);
    }

    private static void compile(Path source, String code, Path library) throws Exception {
        Files.write(source, code.getBytes());
        ChildJvm compiler = ChildJvm.command(
                Arrays.asList("gcc", "-shared", "-fPIC", "-o", library.toString(), source.toString()), Map.of());
        assertEquals(0, compiler.exitCode, compiler::toString);
    }

    @Test
    void aMissingPlatformIsNamed() throws Exception {
        assertRefused(version("-Dos.arch=riscv64"), "UNSUPPORTED", "linux-riscv64-gnu", "evercred.library");
        assertRefused(version("-Dos.name=Windows 11"), "UNSUPPORTED", "windows11-", "evercred.library");
    }

    @Test
    void everyClassIsOfJava8() throws Exception {
        List<Path> classes;
        try (Stream<Path> files = Files.walk(CLASSES)) {
            classes = files.filter(file -> file.toString().endsWith(".class")).collect(Collectors.toList());
        }
        assertTrue(classes.size() > 30, classes::toString);
        for (Path file : classes) {
            int version = file.endsWith("module-info.class") ? 53 : 52;
            assertEquals(version, Files.readAllBytes(file)[7], file::toString);
        }
    }

    @Test
    void muslIsToldApart() {
        assertEquals("musl", Platform.libc("7f00-7f01 r-xp 00000000 00:00 1 /lib/ld-musl-x86_64.so.1\n"));
        assertEquals("gnu", Platform.libc("7f00-7f01 r-xp 00000000 00:00 1 /lib/x86_64-linux-gnu/libc.so.6\n"));
        assertEquals("x86_64", Platform.arch("amd64"));
        assertEquals("aarch64", Platform.arch("arm64"));
    }

    @Test
    void refusedNativeAccessNamesTheFlag() throws Exception {
        assumeTrue(ChildJvm.version() >= 24, "this JDK does not restrict native access");
        List<String> command = command("--illegal-native-access=deny");
        command.removeAll(ChildJvm.nativeAccess());
        assertRefused(
                ChildJvm.command(command, Map.of()), "UNSUPPORTED", "--enable-native-access=ALL-UNNAMED");
    }

    @Test
    void theModuleIsNamed() throws Exception {
        Path jar = jar("evercred.jar", List.of(CLASSES), null);
        ChildJvm described = ChildJvm.run("-p", jar.toString(), "--describe-module", "dev.evercred");
        assertTrue(described.output.contains("exports dev.evercred"), described::toString);
        Path tests = CLASSES.resolveSibling("test-classes");
        List<String> command = command(
                "-p", jar.toString(), "--add-modules", "dev.evercred", "-cp", tests.toString());
        command.replaceAll(argument -> argument.replace("ALL-UNNAMED", "dev.evercred"));
        assertLoads(ChildJvm.command(command, Map.of()));
    }

    @Test
    void aFatJarWorks() throws Exception {
        Path tests = CLASSES.resolveSibling("test-classes");
        Path jar = jar("fat.jar", List.of(CLASSES, tests), Programs.class.getName());
        List<String> command = command("-jar", jar.toString());
        command.add("version");
        command.removeAll(ChildJvm.nativeAccess());
        ChildJvm child = ChildJvm.command(command, Map.of("XDG_RUNTIME_DIR", ""));
        assertLoads(child);
        assertFalse(child.output.contains("WARNING"), child::toString);
    }

    @Test
    void severalClassLoadersShareOneLibrary() throws Exception {
        List<String> command = command();
        command.set(command.size() - 1, "two-loaders");
        command.add(CLASSES.toString());
        ChildJvm child = ChildJvm.command(command, Map.of("XDG_RUNTIME_DIR", ""));
        String version = EvercredClient.libraryVersion();
        assertEquals(
                "loaders " + version + " " + version + " " + version + ", libevercred 1", child.output.trim(), child::toString);
        assertEquals(2, unpacked().size(), "the copies of the glue are removed");
    }

    /** A jar of these folders, as a build tool makes it. */
    private Path jar(String name, List<Path> folders, String main) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(new Attributes.Name("Enable-Native-Access"), "ALL-UNNAMED");
        if (main != null) {
            manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, main);
        }
        Path jar = work.resolve(name);
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out, manifest)) {
            for (Path folder : folders) {
                List<Path> files;
                try (Stream<Path> walk = Files.walk(folder)) {
                    files = walk.filter(Files::isRegularFile).collect(Collectors.toList());
                }
                for (Path file : files) {
                    String entry = folder.relativize(file).toString();
                    if (main != null && entry.equals("module-info.class")) {
                        continue;
                    }
                    entries.putNextEntry(new ZipEntry(entry));
                    Files.copy(file, entries);
                }
            }
        }
        return jar;
    }
}
