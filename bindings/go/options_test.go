//go:build cgo

package evercred

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

// repositoryFile is the path of a file of the repository, which the module is tested in.
func repositoryFile(t testing.TB, path string) string {
	t.Helper()
	root, err := emulatortest.Repository()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, path)
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestGeneratedOptionsEqualTheTable(t *testing.T) {
	to := filepath.Join(t.TempDir(), "options_gen.go")
	run(t, ".", nil, "go", "run", "./internal/optiongen", repositoryFile(t, "abi/options.json"), to)
	if !bytes.Equal(read(t, to), read(t, "options_gen.go")) {
		t.Fatal("options_gen.go differs from abi/options.json: run go generate")
	}
}

func TestHeaderIsTheLibrarys(t *testing.T) {
	if !bytes.Equal(read(t, repositoryFile(t, "include/evercred.h")), read(t, "evercred.h")) {
		t.Fatal("bindings/go/evercred.h differs from include/evercred.h: copy it")
	}
}

// Every typed option reaches the library: a value of the right form is taken, and one of a wrong form refused by name.
func TestEveryTypedOption(t *testing.T) {
	var table []struct {
		Name, Default, Takes string
		Choices              []string
		Min                  int
	}
	if err := json.Unmarshal(read(t, repositoryFile(t, "abi/options.json")), &table); err != nil {
		t.Fatal(err)
	}
	var o Options
	fields := o.fields()
	if len(fields) != len(table) {
		t.Fatalf("%d fields for %d options", len(fields), len(table))
	}
	for i, option := range table {
		if fields[i].name != option.Name || fields[i].value != "" {
			t.Errorf("%s: %+v", option.Name, fields[i])
		}
	}
}

func TestTypedValues(t *testing.T) {
	o := Options{
		Refresh: RefreshLazy, Prefetch: On, TLSVerify: Off, TencentRegionalEndpoint: On, PollInterval: 90 * time.Second,
		MaxStale: ZeroDuration, MaxAttempts: 2, TencentRoleDuration: 15 * time.Minute, RejectedCodes: []string{"a", "b"},
		TencentSecretKey: NewSecret("key"), Proxy: NewSecret("none"), RefreshWait: 1500 * time.Microsecond,
	}
	got := make(map[string]string)
	for _, field := range o.fields() {
		if field.value != "" {
			got[field.name] = field.value
		}
	}
	want := map[string]string{
		"refresh": "lazy", "prefetch": "on", "tls_verify": "false", "tencent_regional_endpoint": "true",
		"poll_interval_ms": "90000", "max_stale_ms": "0", "max_attempts": "2", "tencent_role_duration_s": "900",
		"rejected_codes": "a,b", "tencent_secret_key": "key", "proxy": "none", "refresh_wait_ms": "1.5",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%v\n%v", got, want)
	}
}

func TestWrongOptions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "evercred.conf")
	if err := os.WriteFile(file, []byte("# comment\npoll_interval_ms = soon\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	with := func(change func(*Options)) Options {
		var options Options
		change(&options)
		return options
	}
	for name, test := range map[string]struct {
		options Options
		code    Code
		parts   []string
	}{
		"too small":       {Options{PollInterval: time.Millisecond}, ErrInvalidOption, []string{"poll_interval_ms"}},
		"part of a unit":  {Options{RefreshWait: time.Microsecond}, ErrInvalidOption, []string{"refresh_wait_ms"}},
		"negative":        {Options{RefreshWait: -time.Second}, ErrInvalidOption, []string{"refresh_wait_ms"}},
		"number":          {Options{MaxAttempts: 99}, ErrInvalidOption, []string{"max_attempts"}},
		"choice":          {Options{Refresh: "sometimes"}, ErrInvalidOption, []string{"refresh", "lazy"}},
		"switch":          {Options{TLSVerify: Switch(7)}, ErrInvalidOption, []string{"tls_verify"}},
		"unknown":         {with(func(o *Options) { o.Set("tencent_secret_ID", "a") }), ErrUnknownOption, []string{"tencent_secret_id"}},
		"NUL in a value":  {Options{TencentSecretID: "a\x00b"}, ErrInvalidArgument, []string{"tencent_secret_id", "NUL"}},
		"NUL in a name":   {with(func(o *Options) { o.Set("a\x00", "b") }), ErrInvalidArgument, []string{"option", "NUL"}},
		"not UTF-8":       {Options{TencentSecretID: "\xff"}, ErrInvalidArgument, nil},
		"no file":         {with(func(o *Options) { o.LoadFile("/does/not/exist") }), ErrFile, []string{"/does/not/exist"}},
		"line of a file":  {with(func(o *Options) { o.LoadFile(file) }), ErrInvalidOption, []string{file, "2", "poll_interval_ms"}},
		"name of a file":  {with(func(o *Options) { o.LoadFile("a\x00") }), ErrInvalidArgument, []string{"path"}},
		"log level":       {Options{Log: func(Level, string) {}, LogLevel: 99}, ErrInvalidArgument, []string{"level"}},
		"identity option": {Options{TencentIdentity: "guess"}, ErrInvalidOption, []string{"tencent_identity"}},
	} {
		client, err := New(test.options)
		if client != nil || !errors.Is(err, test.code) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, part := range test.parts {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: no %q in: %v", name, part, err)
			}
		}
	}
	client := newClient(t, Options{})
	for name, test := range map[string]struct {
		open func() (*Source, error)
		code Code
		part string
	}{
		"region":   {func() (*Source, error) { return client.Database("", "i", "u") }, ErrInvalidArgument, "region"},
		"instance": {func() (*Source, error) { return client.Database("r", "", "u") }, ErrInvalidArgument, "instance"},
		"secret":   {func() (*Source, error) { return client.Managed("") }, ErrInvalidArgument, "secret_name"},
		"cloud":    {func() (*Source, error) { return client.Identity("") }, ErrInvalidArgument, "cloud"},
		"client's option": {func() (*Source, error) {
			return client.Database("r", "i", "u", Options{MaxConcurrentFetches: 3})
		}, ErrInvalidOption, "max_concurrent_fetches"},
		"client's log": {func() (*Source, error) {
			return client.Database("r", "i", "u", Options{Log: func(Level, string) {}})
		}, ErrInvalidOption, "log"},
	} {
		if source, err := test.open(); source != nil || !errors.Is(err, test.code) || !strings.Contains(err.Error(), test.part) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The last one wins: Set, files and the environment in the order of the calls, then the fields.
func TestPrecedence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "evercred.conf")
	if err := os.WriteFile(file, []byte("poll_interval_ms = 2000\nmax_attempts = 2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("EVERCRED_POLL_INTERVAL_MS", "1") // out of range: an error says that it was read
	load := func(last string, field time.Duration) error {
		var o Options
		o.PollInterval = field
		o.LoadFile(file)
		if last != "" {
			o.Set("poll_interval_ms", last)
		}
		client, err := New(o)
		if err == nil {
			_ = client.Close()
		}
		return err
	}
	if err := load("", 0); err != nil {
		t.Fatal(err)
	}
	if err := load("3", 0); !errors.Is(err, ErrInvalidOption) {
		t.Fatal(err)
	}
	if err := load("3000", 1); !errors.Is(err, ErrInvalidOption) {
		t.Fatal("the field is the last one:", err)
	}
	var o Options
	o.LoadEnvironment()
	if _, err := New(o); !errors.Is(err, ErrInvalidOption) || !strings.Contains(err.Error(), "EVERCRED_POLL_INTERVAL_MS") {
		t.Fatal(err)
	}
}

// A secret that was copied for C is not left in freed memory.
func TestTextsForCAreWiped(t *testing.T) {
	const secret = "planted-secret"
	text, err := newText("argument", secret)
	if err != nil {
		t.Fatal(err)
	}
	content := unsafe.Slice((*byte)(unsafe.Pointer(text)), len(secret))
	if string(content) != secret {
		t.Fatal("another text")
	}
	wipe(text)
	if string(content) != string(make([]byte, len(secret))) {
		t.Error("a part of the text is left")
	}
	freeText(text)
}

func TestCopiesOfOptionsAreIndependent(t *testing.T) {
	var base Options
	base.Set("max_attempts", "2")
	one, other := base, base
	one.Set("max_attempts", "0")
	other.Set("max_attempts", "3")
	if _, err := New(one); !errors.Is(err, ErrInvalidOption) {
		t.Fatal(err)
	}
	newClient(t, other)
	newClient(t, base)
}

func TestOptionsShowNoSecret(t *testing.T) {
	o := Options{TencentSecretKey: NewSecret("planted-1"), AliyunAccessKeySecret: NewSecret("planted-2"), Proxy: NewSecret("http://u:planted-3@h:1")}
	o.Set("tencent_session_token", "planted-4")
	key := Key{AccessKeyID: "id", AccessKeySecret: NewSecret("planted-5"), SecurityToken: NewSecret("planted-6")}
	for _, value := range []any{o, &o, key, &key, o.TencentSecretKey, []Secret{NewSecret("planted-7")}} {
		for _, verb := range verbs {
			emulatortest.NoSecret(t, fmt.Sprintf(verb, value), "planted-")
		}
		text, err := json.Marshal(value)
		emulatortest.NoSecret(t, fmt.Sprint(string(text), err), "planted-")
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("message", "value", value)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("message", "value", value)
		emulatortest.NoSecret(t, log.String(), "planted-")
	}
}

// messages collects what a log function receives.
type messages struct {
	mu   sync.Mutex
	list []string
}

func (m *messages) add(level Level, message string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = append(m.list, level.String()+": "+message)
}

func (m *messages) all() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.list, "\n")
}

func TestLog(t *testing.T) {
	cloud := startCloud(t)
	var got messages
	o := options(cloud)
	o.LogLevel = LevelDebug
	o.Log = got.add
	source := newDatabase(t, newClient(t, o))
	first := mustGet(t, source)
	if err := source.ReportRejected(first); err != nil {
		t.Fatal(err)
	}
	emulatortest.Eventually(t, "the report is in the log", func() bool {
		return strings.Contains(got.all(), "warn: database/") && strings.Contains(got.all(), "rejected")
	})
	emulatortest.NoSecret(t, got.all(), first.Password(), testKey)
}

// A log function may use the client whose messages it receives, and be slow.
func TestLogFunctionMayCallTheClient(t *testing.T) {
	cloud := startCloud(t)
	o := options(cloud)
	o.LogLevel = LevelDebug
	var source *Source
	opened := make(chan struct{})
	called := make(chan error, 1000)
	o.Log = func(Level, string) {
		<-opened
		_, err := source.Get(context.Background())
		called <- err
	}
	source = newDatabase(t, newClient(t, o))
	close(opened)
	first := mustGet(t, source)
	if err := source.ReportRejected(first); err != nil {
		t.Fatal(err)
	}
	if err := <-called; err != nil {
		t.Fatal(err)
	}
}

func TestLogTo(t *testing.T) {
	cloud := startCloud(t)
	var log syncBuffer
	o := options(cloud)
	o.LogTo(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if o.LogLevel != LevelWarn {
		t.Fatal(o.LogLevel)
	}
	source := newDatabase(t, newClient(t, o))
	if err := source.ReportRejected(mustGet(t, source)); err != nil {
		t.Fatal(err)
	}
	emulatortest.Eventually(t, "the handler has the message", func() bool {
		return strings.Contains(log.String(), "level=WARN") && strings.Contains(log.String(), "rejected")
	})
}

// syncBuffer is a buffer for several goroutines.
type syncBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(text)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

func TestSlowLogFunctionLosesMessages(t *testing.T) {
	entered, release := make(chan struct{}, 1), make(chan struct{})
	var got messages
	queue := &logQueue{log: func(level Level, text string) {
		select {
		case entered <- struct{}{}:
		default:
		}
		<-release
		got.add(level, text)
	}}
	queue.add(LevelInfo, "first")
	<-entered
	for i := range maxMessages + 10 {
		queue.add(LevelInfo, fmt.Sprint(i))
	}
	close(release)
	emulatortest.Eventually(t, "the loss is told", func() bool {
		return strings.HasSuffix(got.all(), "\nwarn: 10 messages were dropped because the log function is slow")
	})
	if !strings.HasPrefix(got.all(), "info: first\ninfo: 0\ninfo: 1\n") {
		t.Fatal("not in order")
	}
}

func TestIdentityFunction(t *testing.T) {
	cloud := startCloud(t, "--key", "AKIDfunction:planted-function-key")
	o := options(cloud)
	o.TencentSecretID, o.TencentSecretKey = "", Secret{}
	o.TencentIdentity = TencentIdentityCallback
	o.Identity = func(ctx context.Context) (Key, error) {
		if err := ctx.Err(); err != nil {
			return Key{}, err
		}
		return Key{AccessKeyID: "AKIDfunction", AccessKeySecret: NewSecret("planted-function-key"), ExpiresAt: time.Now().Add(time.Hour)}, nil
	}
	client := newClient(t, o)
	mustGet(t, newDatabase(t, client))
	identity, err := client.Identity(Tencent)
	if err != nil {
		t.Fatal(err)
	}
	if key := mustGet(t, identity); key.AccessKeyID() != "AKIDfunction" || key.Origin() != OriginCallback {
		t.Fatal(key)
	}
}

func TestIdentityFunctionFails(t *testing.T) {
	cloud := startCloud(t)
	o := options(cloud)
	o.TencentSecretID, o.TencentSecretKey = "", Secret{}
	o.TencentIdentity = TencentIdentityCallback
	o.MaxAttempts = 1
	for name, test := range map[string]struct {
		key       Key
		err       error
		part      string
		retryable bool
	}{
		"temporary": {Key{}, errors.New("the vault\x00 is sealed"), "the vault  is sealed", true},
		"lasting":   {Key{}, fmt.Errorf("no such role: %w", ErrRefused), "no such role", false},
		"empty":     {Key{AccessKeySecret: NewSecret("s")}, nil, "access_key_id", true},
		"NUL":       {Key{AccessKeyID: "a\x00", AccessKeySecret: NewSecret("s")}, nil, "NUL", true},
	} {
		o := o
		o.Identity = func(context.Context) (Key, error) { return test.key, test.err }
		source := newDatabase(t, newClient(t, o))
		_, err := source.Get(within(t))
		var failure *Error
		if !errors.As(err, &failure) || !strings.Contains(err.Error(), test.part) || failure.Retryable != test.retryable {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Close ends the context of an identity function that runs, of the client or of a source, and does not wait for one that
// goes on.
func TestCloseEndsTheIdentityFunction(t *testing.T) {
	cloud := startCloud(t)
	for name, ofSource := range map[string]bool{"client": false, "source": true} {
		o := options(cloud)
		o.TencentSecretID, o.TencentSecretKey = "", Secret{}
		var overrides Options
		began, ended, goesOn := make(chan struct{}), make(chan struct{}), make(chan struct{})
		with := &o
		if ofSource {
			with = &overrides
		}
		with.TencentIdentity = TencentIdentityCallback
		with.Identity = func(ctx context.Context) (Key, error) {
			close(began)
			<-ctx.Done()
			close(ended)
			<-goesOn
			return Key{}, ctx.Err()
		}
		client := newClient(t, o)
		source := newDatabase(t, client, overrides)
		got := make(chan error)
		go func() { got <- second(source.Get(context.Background())) }()
		<-began
		if err := client.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-got; !errors.Is(err, ErrClosed) {
			t.Fatalf("%s: %v", name, err)
		}
		<-ended
		close(goesOn)
	}
}
