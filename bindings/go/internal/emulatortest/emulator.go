// Package emulatortest runs evercred-emulator, the two clouds on loopback, for the tests of this module and of the
// adapters.
//
// The program is target/debug/evercred-emulator of the repository, or the one that the environment variable
// EVERCRED_EMULATOR names.
package emulatortest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Emulator is a running emulator. It stops at the end of its test.
type Emulator struct {
	// HostPort is where it listens, such as "127.0.0.1:34567"; every cloud and service is there.
	HostPort string
	// URL is the same as a URL.
	URL string
	// CAPath is the file with its CA certificate; "" without --tls.
	CAPath string
	// PlainHostPort is the port without TLS of an emulator with --tls and --plain; otherwise "".
	PlainHostPort string
	// Regions are the ports of the regions of Alibaba Cloud, by name, such as "127.0.0.1:34568".
	Regions map[string]string

	t       failer
	control string
	client  *http.Client
	process *exec.Cmd
	leash   io.Closer
	ended   sync.Once
}

// ready is the line that the emulator prints when it is ready.
type ready struct {
	CAPath   *string           `json:"ca_path"`
	Control  string            `json:"control"`
	HostPort string            `json:"host_port"`
	URL      string            `json:"url"`
	Plain    *string           `json:"plain"`
	Regions  map[string]string `json:"regions"`
}

// failer is what of a test an emulator needs: a control call that fails ends the test.
type failer interface {
	Helper()
	Fatalf(format string, arguments ...any)
}

// program is the failer of an emulator without a test.
type program struct{}

func (program) Helper() {}

func (program) Fatalf(format string, arguments ...any) { panic(fmt.Sprintf(format, arguments...)) }

// Start starts an emulator with these arguments, such as "--key", "id:key", "--account", "region/instance/user". It ends
// with its standard input, so it does not outlive a test that is killed.
func Start(t testing.TB, arguments ...string) *Emulator {
	t.Helper()
	e, err := start(t, arguments)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(e.Stop)
	return e
}

// Run starts an emulator that Stop stops, for a TestMain. A control call that fails panics.
func Run(arguments ...string) (*Emulator, error) { return start(program{}, arguments) }

func start(t failer, arguments []string) (*Emulator, error) {
	path, err := Program("EVERCRED_EMULATOR", "target/debug/evercred-emulator")
	if err != nil {
		return nil, fmt.Errorf("%w (cargo build -p evercred-emulator makes it)", err)
	}
	process := exec.Command(path, append([]string{"--until-stdin-closes"}, arguments...)...)
	process.Stderr = os.Stderr
	leash, err := process.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, fmt.Errorf("the emulator does not start: %w", err)
	}
	e := &Emulator{t: t, process: process, leash: leash, Regions: make(map[string]string)}
	if err := e.meet(output); err != nil {
		e.Stop()
		return nil, fmt.Errorf("the emulator is not ready: %w", err)
	}
	return e, nil
}

// meet reads the emulator's first line.
func (e *Emulator) meet(output io.Reader) error {
	line, err := bufio.NewReader(output).ReadBytes('\n')
	if err != nil {
		return err
	}
	var first ready
	if err := json.Unmarshal(line, &first); err != nil {
		return err
	}
	e.HostPort, e.URL, e.control = first.HostPort, first.URL, first.Control
	for name, address := range first.Regions {
		e.Regions[name] = hostPort(address)
	}
	if first.Plain != nil {
		e.PlainHostPort = hostPort(*first.Plain)
	}
	transport := &http.Transport{Proxy: nil, MaxIdleConnsPerHost: 1}
	if first.CAPath != nil {
		e.CAPath = *first.CAPath
		pem, err := os.ReadFile(e.CAPath)
		if err != nil {
			return err
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	}
	e.client = &http.Client{Transport: transport, Timeout: 30 * time.Second}
	return nil
}

func hostPort(address string) string {
	_, after, _ := strings.Cut(address, "://")
	return after
}

// Program finds a program or folder that cargo builds: the environment variable names it, or else it is at this path of
// the repository.
func Program(variable, path string) (string, error) {
	if named := os.Getenv(variable); named != "" {
		return named, nil
	}
	root, err := Repository()
	if err != nil {
		return "", err
	}
	found := filepath.Join(root, path)
	if _, err := os.Stat(found); err != nil {
		return "", fmt.Errorf("%s is missing, and %s is not set", path, variable)
	}
	return found, nil
}

// Repository is the root of the repository that the working directory is in.
func Repository() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "abi", "evercred.syms")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", fmt.Errorf("the working directory is not in the repository of evercred")
		}
		folder = parent
	}
}

// Stop stops the emulator before the end of the test.
func (e *Emulator) Stop() {
	e.ended.Do(func() {
		_ = e.leash.Close()
		// A test may have paused it.
		_ = e.process.Process.Signal(syscall.SIGCONT)
		ended := make(chan struct{})
		go func() {
			_ = e.process.Wait()
			close(ended)
		}()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = e.process.Process.Kill()
			<-ended
		}
		if e.client != nil {
			e.client.CloseIdleConnections()
		}
	})
}

// Process is the running program, for tests that pause it.
func (e *Emulator) Process() *os.Process { return e.process.Process }

// Fields are the fields of a JSON object.
type Fields = map[string]any

// Control calls a control endpoint, such as "rotate", and returns its answer; see emulator/README.md. A refusal fails the
// test.
func (e *Emulator) Control(name string, input Fields) Fields {
	e.t.Helper()
	body, err := json.Marshal(input)
	if err != nil {
		e.t.Fatalf("%v", err)
	}
	return e.ask(name, func(url string) (*http.Response, error) {
		return e.client.Post(url, "application/json", bytes.NewReader(body))
	})
}

// Look gets a control endpoint, such as "state" or "requests".
func (e *Emulator) Look(name string) Fields {
	e.t.Helper()
	return e.ask(name, e.client.Get)
}

func (e *Emulator) ask(name string, ask func(url string) (*http.Response, error)) Fields {
	e.t.Helper()
	response, err := ask(e.control + "/" + name)
	if err != nil {
		e.t.Fatalf("the emulator's %s: %v", name, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		e.t.Fatalf("the emulator's %s: %v", name, err)
	}
	if response.StatusCode != http.StatusOK {
		e.t.Fatalf("the emulator's %s: %s: %s", name, response.Status, text)
	}
	answer := make(Fields)
	if err := json.Unmarshal(text, &answer); err != nil {
		e.t.Fatalf("the emulator's %s: %v", name, err)
	}
	return answer
}

// AddKey makes Tencent Cloud accept a key.
func (e *Emulator) AddKey(id, key string) {
	e.t.Helper()
	e.Control("keys", Fields{"secret_id": id, "secret_key": key})
}

// AddAccessKey makes Alibaba Cloud accept an access key.
func (e *Emulator) AddAccessKey(id, secret string) {
	e.t.Helper()
	e.Control("access-keys", Fields{"id": id, "secret": secret})
}

// AddAccount adds a database account of Tencent Cloud.
func (e *Emulator) AddAccount(region, instance, user string) {
	e.t.Helper()
	e.Control("accounts", account(region, instance, user))
}

func account(region, instance, user string) Fields {
	return Fields{"region": region, "instance": instance, "user": user}
}

// Password returns the present password of a database account.
func (e *Emulator) Password(region, instance, user string) string {
	e.t.Helper()
	return e.Control("password", account(region, instance, user))["password"].(string)
}

// Rotate rotates the password of a database account now, and returns the new one.
func (e *Emulator) Rotate(region, instance, user string) string {
	e.t.Helper()
	return e.Control("rotate", account(region, instance, user))["password"].(string)
}

// AddSecret adds a KMS secret with a RAM user's access key, and returns the id of the key.
func (e *Emulator) AddSecret(name, user string) string {
	e.t.Helper()
	return e.Control("secrets", Fields{"name": name, "kind": "ram", "user": user})["access_key_id"].(string)
}

// RotateSecret rotates a KMS secret now, and returns the id of the new access key. The old one is deleted after overlap;
// 0 deletes it at once.
func (e *Emulator) RotateSecret(name string, overlap time.Duration) string {
	e.t.Helper()
	return e.Control("rotate-secret", Fields{"name": name, "overlap_ms": overlap.Milliseconds()})["access_key_id"].(string)
}

// SecretAccessKeyID returns the id of the present access key of a KMS secret.
func (e *Emulator) SecretAccessKeyID(name string) string {
	e.t.Helper()
	return e.Control("secret", Fields{"name": name})["access_key_id"].(string)
}

// RevokeAccessKey deletes an access key of Alibaba Cloud.
func (e *Emulator) RevokeAccessKey(id string) {
	e.t.Helper()
	e.Control("revoke-access-key", Fields{"id": id})
}

// Fault injects a fault, such as Fields{"kind": "delay", "ms": 500, "action": "BuildDataFlowAuthToken"}.
func (e *Emulator) Fault(fault Fields) {
	e.t.Helper()
	e.Control("fault", fault)
}

// ClearFaults ends all faults.
func (e *Emulator) ClearFaults() {
	e.t.Helper()
	e.Control("clear-faults", Fields{})
}

// Requests returns how many requests of an action have come, such as "BuildDataFlowAuthToken".
func (e *Emulator) Requests(action string) int {
	e.t.Helper()
	count, _ := e.Look("requests")["actions"].(Fields)[action].(float64)
	return int(count)
}

// LastRequest returns the last request of an action.
func (e *Emulator) LastRequest(action string) Fields {
	e.t.Helper()
	return e.Look("last-request?action=" + url.QueryEscape(action))
}

// Eventually waits until a condition is true, and fails the test if it is not within a generous time.
func Eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// NoSecret fails the test if a text shows one of the secrets.
func NoSecret(t testing.TB, text string, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		if secret != "" && strings.Contains(text, secret) {
			t.Fatalf("a secret of %d characters is shown", len(secret))
		}
	}
}
