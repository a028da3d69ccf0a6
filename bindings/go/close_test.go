//go:build cgo

package evercred

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

// use calls everything of a source and its client, and fails for an error other than allowed.
func use(t testing.TB, client *Client, source *Source, allowed error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	credential, err := source.Get(ctx)
	check := func(call string, err error) {
		if (err != nil || allowed == ErrClosed) && !errors.Is(err, allowed) {
			t.Errorf("%s: %v", call, err)
		}
	}
	check("Get", err)
	_, err = source.Peek()
	check("Peek", err)
	_, err = source.GetNewer(ctx, Credential{})
	check("GetNewer", err)
	if !credential.IsZero() {
		err = source.ReportRejected(credential)
		if errors.Is(err, ErrRateLimited) {
			err = nil
		}
		check("ReportRejected", err)
	}
	_, err = source.Status()
	check("Status", err)
	_, err = client.Report(ReportJSON)
	if allowed != nil {
		check("Report", err)
	}
	_, err = source.Refresh(ctx)
	if errors.Is(err, ErrRateLimited) {
		return
	}
	check("Refresh", err)
}

func TestClosedClient(t *testing.T) {
	cloud := startCloud(t)
	client := newClient(t, options(cloud))
	source := newDatabase(t, client)
	first := mustGet(t, source)
	for range 2 {
		if err := client.Close(); err != nil {
			t.Fatal(err)
		}
	}
	use(t, client, source, ErrClosed)
	if err := source.ReportRejected(first); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
	if _, err := client.Database("r", "i", "u"); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
	if source.IsRejectionCode("1045") || source.Name() == "" || first.Password() == "" {
		t.Fatal("what is left of a closed source")
	}
	if err := source.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestClosedSource(t *testing.T) {
	cloud := startCloud(t)
	client := newClient(t, options(cloud))
	source, same := newDatabase(t, client), newDatabase(t, client)
	first := mustGet(t, source)
	mustGet(t, same)
	for range 2 {
		if err := source.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for call, err := range map[string]error{
		"Get":            second(source.Get(within(t))),
		"Peek":           second(source.Peek()),
		"GetNewer":       second(source.GetNewer(within(t), first)),
		"Refresh":        second(source.Refresh(within(t))),
		"ReportRejected": source.ReportRejected(first),
		"Status":         second(source.Status()),
		"Events":         second(source.Events(within(t))),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v", call, err)
		}
	}
	if again := mustGet(t, same); again.Password() != first.Password() {
		t.Fatal("another source of the same thing is not affected")
	}
}

// The zero Client and the zero Source are errors, and no panic.
func TestZeroClientAndSource(t *testing.T) {
	var client Client
	var source Source
	use := map[string]error{
		"Database":       second(client.Database("r", "i", "u")),
		"Managed":        second(client.Managed("name")),
		"Identity":       second(client.Identity(Tencent)),
		"Client.Events":  second(client.Events(within(t))),
		"Report":         second(client.Report(ReportJSON)),
		"Get":            second(source.Get(within(t))),
		"Peek":           second(source.Peek()),
		"GetNewer":       second(source.GetNewer(within(t), Credential{})),
		"Refresh":        second(source.Refresh(within(t))),
		"ReportRejected": source.ReportRejected(Credential{}),
		"Status":         second(source.Status()),
		"Events":         second(source.Events(within(t))),
		"Retry":          second(Retry(within(t), &source, codeOf, func(context.Context, Credential) (int, error) { return 0, nil })),
	}
	for call, err := range use {
		if !errors.Is(err, ErrInvalidArgument) {
			t.Errorf("%s: %v", call, err)
		}
	}
	if source.IsRejectionCode("1045") || source.Name() != "" || source.String() != "" || source.Close() != nil || client.Close() != nil {
		t.Error("the zero Source is something")
	}
}

// What a caller writes into its error is not in another one's.
func TestErrorsAreNotShared(t *testing.T) {
	cloud := startCloud(t)
	source := newDatabase(t, newClient(t, options(cloud)))
	cloud.Fault(emulatortest.Fields{"kind": "delay", "ms": 20000, "action": tokenAction})
	errs := make(chan error)
	for range 2 {
		go func() { errs <- second(source.Get(context.Background())) }()
	}
	emulatortest.Eventually(t, "both wait", func() bool {
		source.core.client.mu.Lock()
		defer source.core.client.mu.Unlock()
		return source.core.get != nil && source.core.get.waiting == 2
	})
	_ = source.Close()
	seen := map[*Error]bool{}
	for _, err := range []error{<-errs, <-errs, second(source.Peek()), second(source.Peek())} {
		var e *Error
		if !errors.As(err, &e) || e.Code != ErrClosed {
			t.Fatal(err)
		}
		seen[e] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d errors for 4 callers", len(seen))
	}
}

func second[T any](_ T, err error) error { return err }

// Callers that wait return at once when the source or the client is closed.
func TestCloseWakesWaiters(t *testing.T) {
	cloud := startCloud(t)
	cloud.Fault(emulatortest.Fields{"kind": "delay", "ms": 20000, "action": tokenAction})
	for name, end := range map[string]func(*Client, *Source) error{
		"source": func(_ *Client, source *Source) error { return source.Close() },
		"client": func(client *Client, _ *Source) error { return client.Close() },
	} {
		client := newClient(t, options(cloud))
		source := newDatabase(t, client)
		errs := make(chan error)
		const waiters = 100
		for range waiters {
			go func() { errs <- second(source.Get(context.Background())) }()
		}
		go func() { errs <- second(source.Refresh(context.Background())) }()
		emulatortest.Eventually(t, "all wait", func() bool {
			client.core.mu.Lock()
			defer client.core.mu.Unlock()
			return source.core.get != nil && source.core.get.waiting == waiters && source.core.refreshing != nil
		})
		began := time.Now()
		if err := end(client, source); err != nil {
			t.Fatal(err)
		}
		for range waiters + 1 {
			if err := <-errs; !errors.Is(err, ErrClosed) {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Fatalf("%s: it took %v", name, took)
		}
	}
}

// A Refresh that waits for others of the client ends with its time, and with its source.
func TestRefreshThatWaitsForOthers(t *testing.T) {
	cloud := startCloud(t)
	client := newClient(t, options(cloud))
	for range maxRefreshes {
		client.core.refreshes <- struct{}{}
	}
	source := newDatabase(t, client, Options{TotalTimeout: 300 * time.Millisecond})
	for _, ctx := range []context.Context{context.Background(), within(t)} {
		done := make(chan error, 1)
		go func() { done <- second(source.Refresh(ctx)) }()
		select {
		case err := <-done:
			if !errors.Is(err, ErrTimeout) {
				t.Fatal(err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("Refresh waits longer than the option TotalTimeout")
		}
	}
	patient := newDatabase(t, client, Options{TotalTimeout: 2 * time.Minute})
	errs := make(chan error, 2)
	for range 2 {
		go func() { errs <- second(patient.Refresh(context.Background())) }()
	}
	emulatortest.Eventually(t, "both wait", func() bool {
		client.core.mu.Lock()
		defer client.core.mu.Unlock()
		return patient.core.refreshing != nil && patient.core.refreshes != nil
	})
	_ = patient.Close()
	for range 2 {
		select {
		case err := <-errs:
			if !errors.Is(err, ErrClosed) {
				t.Fatal(err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("Refresh waits although its source is closed")
		}
	}
	// Both goroutines have left: the handle is free.
	emulatortest.Eventually(t, "nobody uses the source", func() bool { return patient.core.count.Load() == 0 })
	for range maxRefreshes {
		<-client.core.refreshes
	}
	if _, err := newDatabase(t, client).Refresh(within(t)); err != nil {
		t.Fatal(err)
	}
}

// 64 goroutines are inside while another one closes, a thousand times.
func TestCloseWhileInside(t *testing.T) {
	cloud := startCloud(t)
	rounds := 1000
	if testing.Short() || isCollecting {
		rounds = 50
	}
	o := options(cloud)
	o.ForcedRefreshBurst = 1000 // each goroutine reports and refreshes, far more often than a program does
	for round := range rounds {
		client, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		source := newDatabase(t, client)
		if round%2 == 0 {
			mustGet(t, source) // half of them begin with a value, half cold
		}
		var inside sync.WaitGroup
		start := make(chan struct{})
		for i := range 64 {
			inside.Add(1)
			go func() {
				defer inside.Done()
				<-start
				switch {
				case i == 13:
					_ = client.Close()
				case i == 14 && round%3 == 0:
					_ = source.Close()
				case i%8 == 0:
					useUntilClosed(t, client, source)
				default:
					for {
						if _, err := source.Get(context.Background()); errors.Is(err, ErrClosed) {
							return
						} else if err != nil {
							t.Error(err)
							return
						}
						runtime.Gosched()
					}
				}
			}()
		}
		close(start)
		inside.Wait()
		_ = client.Close()
	}
}

// useUntilClosed calls everything: each call succeeds or tells that its object is closed.
func useUntilClosed(t testing.TB, client *Client, source *Source) {
	for {
		credential, err := source.Get(context.Background())
		for _, err := range []error{
			err, second(source.Peek()), second(source.Status()), second(client.Report(ReportJSON)),
			second(source.GetNewer(context.Background(), Credential{})),
		} {
			if err != nil && !errors.Is(err, ErrClosed) {
				t.Error(err)
			}
		}
		if err != nil {
			return
		}
		if err := source.ReportRejected(credential); err != nil && !errors.Is(err, ErrClosed) && !errors.Is(err, ErrRateLimited) {
			t.Error(err)
		}
	}
}

// Memory and threads stay flat while clients are opened and closed.
func TestManyClients(t *testing.T) {
	cloud := startCloud(t)
	count := 10000
	if testing.Short() || isCollecting {
		count = 500
	}
	o := options(cloud)
	open := func(n int) {
		for i := range n {
			client, err := New(o)
			if err != nil {
				t.Fatal(err)
			}
			source := newDatabase(t, client)
			if i%20 == 0 {
				mustGet(t, source)
			}
			if err := client.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	open(count / 10)
	settle(t)
	before := measure(t)
	open(count)
	settle(t)
	after := measure(t)
	t.Logf("%d clients: memory %d kB before, %d kB after; threads %d, %d", count, before.residentKB, after.residentKB, before.threads, after.threads)
	// Go itself starts some on a busy machine.
	if after.threads > before.threads+50 {
		t.Errorf("threads: %d before, %d after", before.threads, after.threads)
	}
	if after.residentKB > before.residentKB+16*1024 && !isRacing {
		t.Errorf("memory: %d kB before, %d kB after", before.residentKB, after.residentKB)
	}
}

// settle waits until nothing of closed clients is left.
func settle(t testing.TB) {
	t.Helper()
	emulatortest.Eventually(t, "all handles are freed", func() bool {
		runtime.GC()
		return liveHandles() == 0
	})
}

// What is forgotten is reclaimed: first the sources, then the client.
func TestForgottenObjectsAreReclaimed(t *testing.T) {
	cloud := startCloud(t)
	settle(t)
	func() {
		client, err := New(options(cloud))
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			mustGet(t, newDatabase(t, client))
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		if _, err := client.Events(ctx); err != nil {
			t.Fatal(err)
		}
	}()
	settle(t)
}

// A source keeps its client open, also if the program has only the source.
func TestSourceKeepsItsClient(t *testing.T) {
	cloud := startCloud(t)
	source := func() *Source {
		client, err := New(options(cloud))
		if err != nil {
			t.Fatal(err)
		}
		return newDatabase(t, client)
	}()
	for range 5 {
		runtime.GC()
		time.Sleep(time.Millisecond)
		mustGet(t, source)
		if _, err := source.Status(); err != nil {
			t.Fatal(err)
		}
	}
	_ = source.Close()
}

func TestNoHandleIsLeft(t *testing.T) {
	cloud := startCloud(t)
	settle(t)
	client := newClient(t, options(cloud))
	source := newDatabase(t, client, Options{PollInterval: time.Minute})
	first := mustGet(t, source)
	cloud.Rotate(testRegion, testInstance, testUser)
	_, _ = source.Refresh(within(t))
	_ = source.ReportRejected(first)
	_, _ = source.GetNewer(within(t), first)
	_, _ = source.Peek()
	_, _ = source.Status()
	_, _ = client.Report(ReportPrometheus)
	_, _ = client.Database("", "", "")
	_, _ = New(Options{MaxAttempts: 77})
	ctx, cancel := context.WithCancel(within(t))
	events, err := source.Events(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for range events {
	}
	_ = client.Close()
	settle(t)
}
