package dev.evercred;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.evercred.generator.Generator;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The committed generated files follow from the header and the option table. */
class GeneratedFilesTest {
    @Test
    void generatedFilesAreCurrent() throws Exception {
        Path repository = Paths.get(System.getProperty("evercred.repository")).toRealPath();
        Map<String, String> files = Generator.generate(repository);
        assertTrue(files.size() > 10, "the generator writes files");
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path path = repository.resolve("bindings/java/evercred").resolve(file.getKey());
            String committed = Files.exists(path) ? new String(Files.readAllBytes(path), StandardCharsets.UTF_8) : "";
            assertEquals(file.getValue(), committed, file.getKey() + " is outdated: run 'make java-generated'");
        }
    }
}
