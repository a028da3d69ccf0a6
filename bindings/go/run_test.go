//go:build cgo

package evercred

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// try runs a program in a folder, with more variables, and returns what it prints.
func try(t testing.TB, folder string, variables []string, name string, arguments ...string) (string, error) {
	t.Helper()
	process := exec.Command(name, arguments...)
	process.Dir = folder
	for _, variable := range os.Environ() {
		// An experiment of this test's build is none of other builds, which would compile everything again.
		if !strings.HasPrefix(variable, "GOEXPERIMENT=") {
			process.Env = append(process.Env, variable)
		}
	}
	process.Env = append(process.Env, variables...)
	output, err := process.CombinedOutput()
	return string(output), err
}

// run is try for a program that must succeed.
func run(t testing.TB, folder string, variables []string, name string, arguments ...string) string {
	t.Helper()
	output, err := try(t, folder, variables, name, arguments...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(arguments, " "), err, output)
	}
	return output
}
