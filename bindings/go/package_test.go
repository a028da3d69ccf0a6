//go:build cgo

package evercred

import (
	"archive/zip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

// The tests of this file build programs as a user of the module does.

const (
	modulePath  = "github.com/evercred/evercred/bindings/go"
	archivePath = modulePath + "/lib/linux_amd64"
	testVersion = "v0.1.0"
)

const program = `package main

import (
	"context"
	"fmt"
	"os"

	"github.com/evercred/evercred/bindings/go"
)

func main() {
	var options evercred.Options
	options.LoadEnvironment()
	client, err := evercred.New(options)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer client.Close()
	source, err := client.Database("ap-guangzhou", "cdb-1", "app")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	credential, err := source.Get(context.Background())
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("user", credential.Username())
}
`

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// cloudVariables make the program ask an emulator.
func cloudVariables(cloud *emulatortest.Emulator) []string {
	return []string{
		"EVERCRED_TENCENT_ENDPOINT=" + cloud.HostPort, "EVERCRED_TENCENT_SCHEME=http", "EVERCRED_PROXY=none",
		"EVERCRED_TENCENT_SECRET_ID=AKIDtest", "EVERCRED_TENCENT_SECRET_KEY=" + testKey,
	}
}

// needArchive skips a test where `make go-lib` has no archive.
func needArchive(t testing.TB) {
	t.Helper()
	if _, err := os.Stat("lib/linux_amd64/libevercred.a"); err != nil {
		t.Skipf("this build has no archive (scripts/go-lib.sh makes it): %v", err)
	}
	if testing.Short() {
		t.Skip("it builds programs; the long run does")
	}
}

// publish makes the file tree of a module proxy with this module and its archive.
func publish(t testing.TB) string {
	t.Helper()
	tree := t.TempDir()
	for _, module := range []struct{ path, folder string }{{modulePath, "."}, {archivePath, "lib/linux_amd64"}} {
		at := filepath.Join(tree, filepath.FromSlash(module.path), "@v")
		gomod := string(read(t, filepath.Join(module.folder, "go.mod")))
		write(t, filepath.Join(at, "list"), testVersion+"\n")
		write(t, filepath.Join(at, testVersion+".info"), fmt.Sprintf(`{"Version":%q}`, testVersion))
		write(t, filepath.Join(at, testVersion+".mod"), gomod)
		zipped, err := os.Create(filepath.Join(at, testVersion+".zip"))
		if err != nil {
			t.Fatal(err)
		}
		pack(t, zip.NewWriter(zipped), module.path+"@"+testVersion, module.folder)
		if err := zipped.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

// pack adds the files of a module, without those of modules in its folders.
func pack(t testing.TB, to *zip.Writer, prefix, folder string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil && path != folder {
				return filepath.SkipDir
			}
			return nil
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		out, err := to.Create(prefix + "/" + filepath.ToSlash(name))
		if err != nil {
			return err
		}
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer in.Close()
		_, err = io.Copy(out, in)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
}

// `go get` in an empty folder, with a file tree as the only proxy and no installed library, and then `go mod vendor`.
func TestGoGet(t *testing.T) {
	needArchive(t)
	cloud := startCloud(t)
	folder := t.TempDir()
	variables := append(cloudVariables(cloud),
		"GOPROXY=file://"+publish(t), "GONOSUMDB=*", "GOFLAGS=-mod=mod", "GOMODCACHE="+filepath.Join(t.TempDir(), "mod"),
		"GOWORK=off", "PKG_CONFIG_PATH=", "PKG_CONFIG_LIBDIR=/does/not/exist", "CGO_ENABLED=1")
	t.Cleanup(func() { _, _ = try(t, folder, variables, "go", "clean", "-modcache") })
	write(t, filepath.Join(folder, "main.go"), program)
	run(t, folder, variables, "go", "mod", "init", "example.com/service")
	run(t, folder, variables, "go", "get", modulePath+"@"+testVersion)
	run(t, folder, variables, "go", "mod", "tidy")
	run(t, folder, variables, "go", "build", "-ldflags=-s -w", "-o", "service", ".")
	if output := run(t, folder, variables, "./service"); output != "user app\n" {
		t.Fatal(output)
	}
	if libraries := run(t, folder, nil, "ldd", "service"); strings.Contains(libraries, "evercred") {
		t.Fatal(libraries)
	}
	size, err := os.Stat(filepath.Join(folder, "service"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the program has %d bytes", size.Size())

	run(t, folder, variables, "go", "mod", "vendor")
	vendored := append(variables, "GOFLAGS=-mod=vendor", "GOPROXY=off")
	run(t, folder, vendored, "go", "build", "-o", "vendored", ".")
	if output := run(t, folder, vendored, "./vendored"); output != "user app\n" {
		t.Fatal(output)
	}
}

// inPlace writes a module with the program that uses this folder's modules.
func inPlace(t testing.TB) string {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write(t, filepath.Join(folder, "main.go"), program)
	write(t, filepath.Join(folder, "go.mod"), fmt.Sprintf("module example.com/service\n\ngo 1.22\n\nrequire %s %s\n\nrequire %s %s // indirect\n\nreplace %s => %s\n\nreplace %s => %s/lib/linux_amd64\n",
		modulePath, testVersion, archivePath, testVersion, modulePath, here, archivePath, here))
	return folder
}

// freshCgo makes Go compile the files with C again: its build cache does not know that pkg-config's answer changed.
func freshCgo() string {
	return fmt.Sprintf("CGO_CFLAGS=-O2 -g -DEVERCRED_TEST=%d", time.Now().UnixNano())
}

// What is missing is said in plain words.
func TestMissingParts(t *testing.T) {
	needArchive(t)
	folder := inPlace(t)
	variables := []string{"GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off"}

	output, err := try(t, folder, append(variables, "CGO_ENABLED=0"), "go", "build", ".")
	if err == nil || !strings.Contains(output, "evercred_needs_cgo__set_CGO_ENABLED_1_and_install_a_C_compiler") {
		t.Errorf("without cgo: %v, %s", err, output)
	}
	if lines := strings.Count(strings.TrimSpace(output), "\n"); lines > 1 {
		t.Errorf("the message is not alone: %s", output)
	}

	// A checkout in which nobody has run `make go-lib`.
	bare := t.TempDir()
	for _, file := range []string{"go.mod", "lib.go"} {
		write(t, filepath.Join(bare, file), string(read(t, filepath.Join("lib/linux_amd64", file))))
	}
	run(t, folder, variables, "go", "mod", "edit", "-replace", archivePath+"="+bare)
	output, err = try(t, folder, variables, "go", "build", ".")
	if err == nil || !strings.Contains(output, "make go-lib") {
		t.Errorf("without the archive: %v, %s", err, output)
	}

	output, err = try(t, folder, append(variables, freshCgo(), "PKG_CONFIG_PATH=", "PKG_CONFIG_LIBDIR="+bare), "go", "build", "-tags", "evercred_shared", ".")
	if err == nil || !strings.Contains(output, "evercred.pc") {
		t.Errorf("without the installed library: %v, %s", err, output)
	}

	// On another platform the file with the message is compiled, and the archive is not asked for.
	for platform, want := range map[string]bool{"linux/arm64": true, "darwin/arm64": true, "linux/amd64": false} {
		system, processor, _ := strings.Cut(platform, "/")
		files := run(t, ".", []string{"GOOS=" + system, "GOARCH=" + processor, "CGO_ENABLED=1"}, "go", "list", "-f", "{{.CgoFiles}} {{.Imports}}", ".")
		if strings.Contains(files, "link_other.go") != want || strings.Contains(files, "lib/linux_amd64") == want {
			t.Errorf("%s: %s", platform, files)
		}
	}
}

// The tag evercred_shared takes the installed library; one with another ABI is refused when a client is made.
func TestSharedLibrary(t *testing.T) {
	needArchive(t)
	libraries, err := emulatortest.Program("EVERCRED_LIB_DIR", "target/release")
	if err != nil {
		t.Skip(err)
	}
	if _, err := os.Stat(filepath.Join(libraries, "libevercred.so")); err != nil {
		t.Skip(err)
	}
	cloud := startCloud(t)
	prefix, folder := t.TempDir(), inPlace(t)
	run(t, repositoryFile(t, "."), []string{"PREFIX=" + prefix, "DESTDIR=", "LIBDIR="}, "scripts/install.sh", libraries)
	variables := append(cloudVariables(cloud), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off", freshCgo(),
		"PKG_CONFIG_PATH="+prefix+"/lib/pkgconfig", "LD_LIBRARY_PATH="+prefix+"/lib")
	run(t, folder, variables, "go", "build", "-tags", "evercred_shared", "-o", "service", ".")
	if output := run(t, folder, variables, "./service"); output != "user app\n" {
		t.Fatal(output)
	}
	if linked := run(t, folder, variables, "ldd", "service"); !strings.Contains(linked, prefix+"/lib/libevercred.so.0") {
		t.Fatal(linked)
	}

	// A library that has all functions and another ABI version.
	other := t.TempDir()
	var stub strings.Builder
	for _, symbol := range strings.Fields(string(read(t, repositoryFile(t, "abi/evercred.syms")))) {
		value := "0"
		if symbol == "evercred_abi_version" {
			value = "77"
		}
		fmt.Fprintf(&stub, "long %s(void) { return %s; }\n", symbol, value)
	}
	write(t, filepath.Join(other, "stub.c"), stub.String())
	run(t, other, nil, "gcc", "-shared", "-fPIC", "-Wl,-soname,libevercred.so.0", "-o", "libevercred.so.0", "stub.c")
	output, err := try(t, folder, append(variables, "LD_LIBRARY_PATH="+other), "./service")
	if err == nil || !strings.Contains(output, "ABI version 77") || strings.Contains(output, "panic") {
		t.Fatalf("%v: %s", err, output)
	}
}

func TestArchiveHasItsChecksums(t *testing.T) {
	needArchive(t)
	run(t, "lib/linux_amd64", nil, "sha256sum", "--check", "--quiet", "SHA256SUMS")
	if string(read(t, "lib/linux_amd64/evercred.h")) != string(read(t, "evercred.h")) {
		t.Fatal("the archive's header is another one: run make go-lib")
	}
}
