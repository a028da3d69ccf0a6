//go:build cgo

package evercred

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

// 10,000 goroutines on a cold source make one request, and cost no thread each.
func TestColdSource(t *testing.T) {
	if !alone(t) {
		return
	}
	const callers = 10000
	cloud := startCloud(t)
	client := newClient(t, options(cloud))
	source := newDatabase(t, client)
	// The cloud answers when all callers wait.
	signal(t, cloud, syscall.SIGSTOP)
	before := measure(t)
	ctx := within(t)
	errs := make(chan error, callers)
	for range callers {
		go func() { errs <- second(source.Get(ctx)) }()
	}
	emulatortest.Eventually(t, "all wait", func() bool {
		client.core.mu.Lock()
		defer client.core.mu.Unlock()
		return source.core.get != nil && source.core.get.waiting == callers
	})
	during := measure(t)
	signal(t, cloud, syscall.SIGCONT)
	for range callers {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	after := measure(t)
	t.Logf("%d goroutines: %d requests, threads +%d, memory +%d kB", callers, cloud.Requests(tokenAction),
		during.threads-before.threads, during.residentKB-before.residentKB)
	if count := cloud.Requests(tokenAction); count != 1 {
		t.Errorf("%d requests", count)
	}
	// One is the library's. Go itself may start one more for its own work at any time.
	if more := max(during.threads, after.threads) - before.threads; more > 2+1 && !isRacing {
		t.Errorf("%d more threads", more)
	}
	if more := during.residentKB - before.residentKB; more > 50*1024 && !isRacing {
		t.Errorf("%d kB more memory", more)
	}
}

// signal stops the emulator's process, or lets it go on.
func signal(t testing.TB, cloud *emulatortest.Emulator, which syscall.Signal) {
	t.Helper()
	if err := cloud.Process().Signal(which); err != nil {
		t.Fatal(err)
	}
}

// 1,000 cold sources cost no more threads than one.
func TestColdSources(t *testing.T) {
	if !alone(t) {
		return
	}
	const sources = 1000
	cloud := startCloud(t)
	client := newClient(t, options(cloud))
	mustGet(t, newDatabase(t, client)) // so that what one source needs is there
	var list []*Source
	for i := range sources {
		user := fmt.Sprintf("app%d", i)
		cloud.AddAccount(testRegion, testInstance, user)
		source, err := client.Database(testRegion, testInstance, user)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, source)
	}
	before := measure(t)
	most := before
	ctx := within(t)
	var callers sync.WaitGroup
	for _, source := range list {
		for range 2 {
			callers.Add(1)
			go func() {
				defer callers.Done()
				if _, err := source.Get(ctx); err != nil {
					t.Error(err)
				}
			}()
		}
	}
	done := make(chan struct{})
	go func() {
		callers.Wait()
		close(done)
	}()
	for waiting := true; waiting; {
		select {
		case <-done:
			waiting = false
		case <-time.After(10 * time.Millisecond):
			if now := measure(t); now.threads > most.threads {
				most = now
			}
		}
	}
	t.Logf("%d sources: threads +%d (%v), descriptors +%d", sources, most.threads-before.threads, most.names, measure(t).descriptors-before.descriptors)
	// The race detector makes calls into C so slow that Go starts threads for other goroutines meanwhile.
	if more := most.threads - before.threads; more > 2 && !isRacing {
		t.Errorf("%d more threads", more)
	}
	if count := cloud.Requests(tokenAction); count != sources+1 {
		t.Errorf("%d requests", count)
	}
}

// A caller whose context is canceled is back at once, while others go on waiting.
func TestCancellation(t *testing.T) {
	cloud := startCloud(t)
	cloud.Fault(emulatortest.Fields{"kind": "delay", "ms": 1500, "action": tokenAction})
	source := newDatabase(t, newClient(t, options(cloud)))
	patient := make(chan error)
	go func() { patient <- second(source.Get(within(t))) }()
	reason := errors.New("the user went away")
	var slowest time.Duration
	for range 20 {
		ctx, cancel := context.WithCancelCause(context.Background())
		left := make(chan error)
		go func() { left <- second(source.Get(ctx)) }()
		time.Sleep(2 * time.Millisecond)
		began := time.Now()
		cancel(reason)
		err := <-left
		slowest = max(slowest, time.Since(began))
		if !errors.Is(err, context.Canceled) || !errors.Is(err, reason) || errors.Is(err, ErrTimeout) {
			t.Fatal(err)
		}
	}
	t.Logf("the slowest of 20 was back after %v", slowest)
	if slowest > time.Second {
		t.Error("that is slow")
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), 20*time.Millisecond, reason)
	defer cancel()
	_, err := source.Get(ctx)
	var failure *Error
	if !errors.Is(err, ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, reason) ||
		!errors.As(err, &failure) || !failure.Timeout() {
		t.Fatal(err)
	}
	if err := <-patient; err != nil {
		t.Fatal(err)
	}
	if count := cloud.Requests(tokenAction); count != 1 {
		t.Fatalf("%d requests", count)
	}
}

// At the deadline the error has the cloud's code of the failure before it.
func TestDeadlineAfterAFailure(t *testing.T) {
	cloud := startCloud(t)
	cloud.Fault(emulatortest.Fields{"kind": "answer", "status": 200, "code": "InternalError", "message": "planted", "action": tokenAction, "times": 1})
	cloud.Fault(emulatortest.Fields{"kind": "delay", "ms": 20000, "action": tokenAction})
	o := options(cloud)
	o.MaxAttempts = 1
	o.BackoffInitial = time.Millisecond
	source := newDatabase(t, newClient(t, o))
	_, err := source.Get(within(t))
	var failure *Error
	if !errors.As(err, &failure) || failure.Code != ErrService || failure.ProviderCode != "InternalError" ||
		failure.RequestID == "" || !failure.Retryable || failure.Progress != ProgressAnswered || failure.HTTPStatus != 200 {
		t.Fatalf("%v, %+v", err, failure)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	_, err = source.Get(ctx)
	if !errors.As(err, &failure) || !errors.Is(err, context.DeadlineExceeded) || failure.ProviderCode != "InternalError" {
		t.Fatal(err)
	}
}

func TestRefusal(t *testing.T) {
	cloud := startCloud(t)
	client := newClient(t, options(cloud))
	source, err := client.Database(testRegion, testInstance, "nobody")
	if err != nil {
		t.Fatal(err)
	}
	var refusal *Error
	if _, err := source.Get(within(t)); !errors.As(err, &refusal) || !errors.Is(err, ErrRefused) || refusal.Retryable ||
		refusal.ProviderCode != "FailedOperation.FlowAuthIllegal" {
		t.Fatal(err)
	}
	// It is remembered, and sends no request.
	before := cloud.Requests(tokenAction)
	if _, err := source.Get(within(t)); !errors.Is(err, ErrRefused) || cloud.Requests(tokenAction) != before {
		t.Fatal(err)
	}
	o := options(cloud)
	o.TencentSecretID = "AKIDunknown"
	_, err = newDatabase(t, newClient(t, o)).Get(within(t))
	if !errors.As(err, &refusal) || !refusal.UserNotification || refusal.ProviderCode != "AuthFailure.SecretIdNotFound" {
		t.Fatal(err)
	}
}

// GetNewer does not wait for what only a person can change: neither when it comes after the refusal nor before it.
func TestRefusalWhileAnotherValueIsAwaited(t *testing.T) {
	cloud := startCloud(t)
	source := newDatabase(t, newClient(t, options(cloud)))
	first := mustGet(t, source)
	if err := source.ReportRejected(first); err != nil {
		t.Fatal(err)
	}
	got := make(chan error)
	go func() { got <- second(source.GetNewer(within(t), first)) }()
	emulatortest.Eventually(t, "GetNewer waits", func() bool {
		source.core.client.mu.Lock()
		defer source.core.client.mu.Unlock()
		return len(source.core.newer) == 1
	})
	cloud.Control("account-enabled", emulatortest.Fields{"region": testRegion, "instance": testInstance, "user": testUser, "enabled": false})
	var refusal *Error
	if err := <-got; !errors.As(err, &refusal) || refusal.Code != ErrRefused || !refusal.UserNotification {
		t.Fatal(err)
	}
	if _, err := source.GetNewer(within(t), first); !errors.Is(err, ErrRefused) {
		t.Fatal(err)
	}
}

// Without a deadline a call waits the option TotalTimeout.
func TestWithoutADeadline(t *testing.T) {
	cloud := startCloud(t)
	cloud.Fault(emulatortest.Fields{"kind": "delay", "ms": 20000, "action": tokenAction})
	source := newDatabase(t, newClient(t, options(cloud)), Options{TotalTimeout: 200 * time.Millisecond})
	if _, err := source.Get(context.Background()); !errors.Is(err, ErrTimeout) {
		t.Fatal(err)
	}
	// However the option is set.
	o := options(cloud)
	o.Set("total_timeout_ms", "4000")
	source = newDatabase(t, newClient(t, o))
	if source.core.wait != 4*time.Second {
		t.Fatal(source.core.wait)
	}
}

// The password rotates every 100 ms for 20 seconds under 64 goroutines: no pair is torn, no generation goes back, and no
// call fails.
func TestRotationUnderLoad(t *testing.T) {
	t.Parallel()
	duration := 20 * time.Second
	if testing.Short() || isCollecting {
		duration = 3 * time.Second
	}
	cloud := startCloud(t)
	o := options(cloud)
	// Each rotation is found by a forced refresh, 10 a second; the default of 5 in 10 minutes protects the cloud from
	// programs that do this in earnest.
	o.ForcedRefreshBurst, o.ForcedRefreshPeriod = 1000, 10*time.Second
	source := newDatabase(t, newClient(t, o))
	first := mustGet(t, source)

	// The generation belongs to one value: who sees another pair for it has a torn one.
	var pairs sync.Map
	pairs.Store(first.Generation(), first.Password())
	var reads, torn, back, failed atomic.Int64
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 64 {
		readers.Add(1)
		go func() {
			defer readers.Done()
			var last uint64
			var count int64
			defer func() { reads.Add(count) }()
			for {
				select {
				case <-stop:
					return
				default:
				}
				for range 1000 {
					credential, err := source.Get(context.Background())
					count++
					if err != nil {
						failed.Add(1)
						t.Error(err)
						return
					}
					generation := credential.Generation()
					if generation < last {
						back.Add(1)
					}
					if generation != last {
						password, _ := pairs.LoadOrStore(generation, credential.Password())
						if password != credential.Password() || credential.Username() != testUser {
							torn.Add(1)
						}
					}
					last = generation
				}
				runtime.Gosched()
			}
		}()
	}
	rotations := 0
	for began := time.Now(); time.Since(began) < duration; rotations++ {
		next := time.After(100 * time.Millisecond)
		password := cloud.Rotate(testRegion, testInstance, testUser)
		credential, err := source.Refresh(within(t))
		if err != nil {
			t.Error(err)
			break
		}
		if credential.Password() != password {
			t.Error("not the new password")
		}
		<-next
	}
	close(stop)
	readers.Wait()
	t.Logf("%d rotations, %d reads, %d torn, %d back, %d failed", rotations, reads.Load(), torn.Load(), back.Load(), failed.Load())
	if torn.Load() != 0 || back.Load() != 0 || failed.Load() != 0 || reads.Load() == 0 {
		t.Error("there must be none of these")
	}
}

// The cloud is stopped for 10 seconds: Get goes on with what is held, and a rotation in the meantime is found soon after.
func TestOutage(t *testing.T) {
	t.Parallel()
	outage := 10 * time.Second
	if testing.Short() || isCollecting {
		outage = 2 * time.Second
	}
	cloud := startCloud(t)
	o := options(cloud)
	o.PollInterval = time.Second
	o.TotalTimeout = 2 * time.Second
	o.BackoffMax = time.Second
	source := newDatabase(t, newClient(t, o))
	mustGet(t, source)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	var reads atomic.Int64
	for range 8 {
		readers.Add(1)
		go func() {
			defer readers.Done()
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
				}
				began := time.Now()
				if _, err := source.Get(context.Background()); err != nil {
					t.Error(err)
					return
				}
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("a Get took %v", took)
				}
				reads.Add(1)
			}
		}()
	}
	signal(t, cloud, syscall.SIGSTOP)
	time.Sleep(outage)
	status, err := source.Status()
	if err != nil {
		t.Fatal(err)
	}
	if !testing.Short() && !isCollecting && status.ConsecutiveFailures == 0 {
		t.Error("no request failed during the outage")
	}
	signal(t, cloud, syscall.SIGCONT)
	back := time.Now()
	password := cloud.Rotate(testRegion, testInstance, testUser)
	emulatortest.Eventually(t, "the new password arrives", func() bool { return mustGet(t, source).Password() == password })
	recovery := time.Since(back)
	close(stop)
	readers.Wait()
	t.Logf("%d reads, %d failed requests; the new password was there %v after the cloud was back", reads.Load(),
		status.ConsecutiveFailures, recovery.Round(time.Millisecond))
}

// Programs are started while goroutines read: a fork must not disturb the library, and a child nothing of the parent.
func TestExec(t *testing.T) {
	cloud := startCloud(t)
	o := options(cloud)
	o.ForcedRefreshBurst = 1000 // many refreshes in little time
	source := newDatabase(t, newClient(t, o))
	first := mustGet(t, source)
	stop := make(chan struct{})
	var workers sync.WaitGroup
	for range 4 {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := source.Get(context.Background()); err != nil {
					t.Error(err)
					return
				}
				runtime.Gosched()
			}
		}()
	}
	for i := range 60 {
		if output, err := exec.Command("true").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, output)
		}
		if i%10 == 0 {
			cloud.Rotate(testRegion, testInstance, testUser)
			if _, err := source.Refresh(within(t)); err != nil {
				t.Fatal(err)
			}
		}
	}
	close(stop)
	workers.Wait()
	if last := mustGet(t, source); last.Password() == first.Password() || last.Password() != cloud.Password(testRegion, testInstance, testUser) {
		t.Fatal("the rotations did not arrive")
	}
}

// Without a descriptor events are looked for from time to time.
func TestWithoutADescriptor(t *testing.T) {
	cloud := startCloud(t)
	client := newClient(t, options(cloud))
	source := newDatabase(t, client)
	client.core.mu.Lock()
	if err := source.core.listen(); err != nil {
		t.Fatal(err)
	}
	client.core.mu.Unlock()
	subscription, err := client.core.subscribe(nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = subscription.descriptor.Close()
	subscription.descriptor, subscription.raw = nil, nil
	ctx, cancel := context.WithCancel(within(t))
	events := client.core.events(ctx, subscription, client)
	mustGet(t, source)
	if event := <-events; event.Kind != EventChanged && event.Kind != EventRefreshed {
		t.Fatalf("%+v", event)
	}
	cancel()
	for range events {
	}
}
