// Package databasetest starts throwaway database servers for the tests of the modules below bindings/go, with the
// scripts of the repository.
package databasetest

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

// Server is a database on loopback, which ends with its test.
type Server struct {
	// Port is where it listens on 127.0.0.1.
	Port int
	// Socket is MariaDB's socket, or the folder of PostgreSQL's: there the administrator (root, postgres) needs no
	// password.
	Socket string
}

// Address is the host and port.
func (s *Server) Address() string { return fmt.Sprintf("127.0.0.1:%d", s.Port) }

// MariaDB starts scripts/mariadb.sh.
func MariaDB(t testing.TB) *Server {
	t.Helper()
	return start(t, "mariadb.sh")
}

// PostgreSQL starts scripts/postgresql.sh.
func PostgreSQL(t testing.TB) *Server {
	t.Helper()
	return start(t, "postgresql.sh")
}

// The time that a server may take on a busy machine.
const startTimeout = 2 * time.Minute

func start(t testing.TB, script string) *Server {
	t.Helper()
	root, err := emulatortest.Repository()
	if err != nil {
		t.Fatal(err)
	}
	script = filepath.Join(root, "scripts", script)
	// Not t.TempDir: the folders above that one are closed to the user that PostgreSQL runs as.
	folder, err := os.MkdirTemp("", "evercred-db-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })

	command := exec.Command(script, folder)
	var complaints bytes.Buffer
	command.Stderr = &complaints
	leash, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		leash.Close()
		command.Wait()
	})

	first := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(output).ReadString('\n')
		first <- strings.TrimSpace(line)
	}()
	server := &Server{}
	select {
	case line := <-first:
		if _, err := fmt.Sscanf(line, "ready %d %s", &server.Port, &server.Socket); err != nil {
			leash.Close()
			command.Wait()
			t.Fatalf("%s did not start: %q %s", filepath.Base(script), line, complaints.String())
		}
	case <-time.After(startTimeout):
		t.Fatalf("%s was not ready in time", filepath.Base(script))
	}
	return server
}
