//go:build cgo

package evercred

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// figures are those of this process as the system has them.
type figures struct {
	residentKB, threads, descriptors int
	names                            map[string]int // threads by their names
}

func measure(t testing.TB) figures {
	t.Helper()
	status, err := os.Open("/proc/self/status")
	if err != nil {
		t.Skipf("the figures of a process are read from /proc: %v", err)
	}
	defer status.Close()
	var f figures
	lines := bufio.NewScanner(status)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		number, _ := strconv.Atoi(strings.Fields(value + " 0")[0])
		switch name {
		case "VmRSS":
			f.residentKB = number
		case "Threads":
			f.threads = number
		}
	}
	f.names = make(map[string]int)
	tasks, _ := filepath.Glob("/proc/self/task/*/comm")
	for _, task := range tasks {
		// A thread may have ended meanwhile.
		if name, err := os.ReadFile(task); err == nil {
			f.names[strings.TrimSpace(string(name))]++
		}
	}
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	f.descriptors = len(files)
	return f
}

// alone runs the rest of a test in a process of its own, because threads and memory of other tests would be in its
// figures. It returns true in that process. On a machine that is busy with something else Go itself starts threads now and
// then, so one of a few runs must succeed.
func alone(t *testing.T) bool {
	t.Helper()
	if isCollecting {
		t.Skip("the collector runs before each read of a C pointer: thousands of callers would take too long")
	}
	if os.Getenv("EVERCRED_TEST_ALONE") == t.Name() {
		return true
	}
	var output []byte
	for range 4 {
		var err error
		process := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=2m")
		process.Env = append(os.Environ(), "EVERCRED_TEST_ALONE="+t.Name())
		output, err = process.CombinedOutput()
		for _, line := range strings.Split(string(output), "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "stress_test.go:") {
				t.Log(strings.TrimSpace(line))
			}
		}
		if err == nil {
			return false
		}
	}
	t.Errorf("no run succeeded; the last one:\n%s", output)
	return false
}
