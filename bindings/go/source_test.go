//go:build cgo

package evercred

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

const tokenAction = "BuildDataFlowAuthToken"

func mustGet(t testing.TB, source *Source) Credential {
	t.Helper()
	credential, err := source.Get(within(t))
	if err != nil {
		t.Fatal(err)
	}
	return credential
}

func TestGet(t *testing.T) {
	cloud := startCloud(t)
	source := newDatabase(t, newClient(t, options(cloud)))
	first := mustGet(t, source)
	want := cloud.Password(testRegion, testInstance, testUser)
	if first.Password() != want || first.Username() != testUser || first.Kind() != KindPassword {
		t.Fatal("not the password of the account")
	}
	if first.State() != StateFresh || first.Origin() != OriginCloud || first.ExpiresAt().Before(time.Now()) {
		t.Fatalf("%v, %v, %v", first.State(), first.Origin(), first.ExpiresAt())
	}
	if again := mustGet(t, source); again != first {
		t.Fatalf("another credential without a change: %v", again)
	}
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	if again, err := source.Get(canceled); err != nil || again != first {
		t.Fatalf("a fresh value is handed out to a canceled context too: %v", err)
	}
	if count := cloud.Requests(tokenAction); count != 1 {
		t.Fatalf("%d requests", count)
	}
}

func TestRejectedCredentialIsReplaced(t *testing.T) {
	cloud := startCloud(t)
	source := newDatabase(t, newClient(t, options(cloud)))
	first := mustGet(t, source)
	cloud.Rotate(testRegion, testInstance, testUser)
	if err := source.ReportRejected(first); err != nil {
		t.Fatal(err)
	}
	next, err := source.GetNewer(within(t), first)
	if err != nil {
		t.Fatal(err)
	}
	if next.Password() != cloud.Password(testRegion, testInstance, testUser) || next.Generation() <= first.Generation() {
		t.Fatal("not the new password")
	}
	// A report of an old one has no effect, and GetNewer is Get for it.
	if err := source.ReportRejected(first); err != nil {
		t.Fatal(err)
	}
	if again, err := source.GetNewer(within(t), first); err != nil || again != next {
		t.Fatal(again, err)
	}
	if zero, err := source.GetNewer(within(t), Credential{}); err != nil || zero != next {
		t.Fatal(zero, err)
	}
	if status, err := source.Status(); err != nil || status.Rejections != 1 || status.State != StateFresh {
		t.Fatal(status, err)
	}
}

// The cloud has no other value: Get hands out the rejected one after Options.RefreshWait, GetNewer waits for its deadline.
func TestRejectedCredentialWithoutAnother(t *testing.T) {
	cloud := startCloud(t)
	source := newDatabase(t, newClient(t, options(cloud)), Options{RefreshWait: 200 * time.Millisecond})
	first := mustGet(t, source)
	if err := source.ReportRejected(first); err != nil {
		t.Fatal(err)
	}
	again := mustGet(t, source)
	if again.State() != StateRejected || again.Password() != first.Password() {
		t.Fatal(again)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if newer, err := source.GetNewer(ctx, first); !errors.Is(err, ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(newer, err)
	}
	done := make(chan error)
	go func() {
		_, err := source.GetNewer(within(t), first)
		done <- err
	}()
	time.Sleep(50 * time.Millisecond) // usually enough for GetNewer to wait; if not, the test is easier
	cloud.Rotate(testRegion, testInstance, testUser)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// While the cloud hangs, a value that may be handed out in the end is handed out after Options.RefreshWait.
func TestRejectedCredentialWhileTheCloudHangs(t *testing.T) {
	cloud := startCloud(t)
	source := newDatabase(t, newClient(t, options(cloud)), Options{RefreshWait: 200 * time.Millisecond})
	first := mustGet(t, source)
	cloud.Fault(emulatortest.Fields{"kind": "delay", "ms": 20000, "action": tokenAction})
	if err := source.ReportRejected(first); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
	defer cancel()
	again, err := source.Get(ctx)
	if err != nil || again.State() != StateRejected {
		t.Fatal(again, err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Fatalf("it took %v", took)
	}
}

func TestPeek(t *testing.T) {
	cloud := startCloud(t)
	source := newDatabase(t, newClient(t, options(cloud)))
	if none, err := source.Peek(); err != nil || !none.IsZero() {
		t.Fatal(none, err)
	}
	first := mustGet(t, source)
	if held, err := source.Peek(); err != nil || held != first {
		t.Fatal(held, err)
	}
	if err := source.ReportRejected(first); err != nil {
		t.Fatal(err)
	}
	if held, err := source.Peek(); err != nil || held.Password() != first.Password() {
		t.Fatal(held, err)
	}
}

func TestRefresh(t *testing.T) {
	cloud := startCloud(t)
	o := options(cloud)
	o.ForcedRefreshBurst = 3
	source := newDatabase(t, newClient(t, o))
	first := mustGet(t, source)
	password := cloud.Rotate(testRegion, testInstance, testUser)
	next, err := source.Refresh(within(t))
	if err != nil || next.Password() != password || next == first {
		t.Fatal(next, err)
	}
	if again := mustGet(t, source); again != next {
		t.Fatal(again)
	}
	// Callers that come while a request is under way share the next one.
	cloud.Fault(emulatortest.Fields{"kind": "delay", "ms": 300, "action": tokenAction})
	before := cloud.Requests(tokenAction)
	var callers sync.WaitGroup
	for range 50 {
		callers.Add(1)
		go func() {
			defer callers.Done()
			if _, err := source.Refresh(within(t)); err != nil {
				t.Error(err)
			}
		}()
	}
	callers.Wait()
	if made := cloud.Requests(tokenAction) - before; made > 3 {
		t.Fatalf("%d requests for 50 callers", made)
	}
	for range 4 {
		_, err = source.Refresh(within(t))
	}
	var limited *Error
	if !errors.Is(err, ErrRateLimited) || !errors.As(err, &limited) || limited.RetryAfter <= 0 {
		t.Fatal(err)
	}
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := source.Refresh(canceled); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestReportOfAnotherSourcesCredential(t *testing.T) {
	cloud := startCloud(t, "--account", testRegion+"/"+testInstance+"/other")
	client := newClient(t, options(cloud))
	source := newDatabase(t, client)
	other, err := client.Database(testRegion, testInstance, "other")
	if err != nil {
		t.Fatal(err)
	}
	if err := source.ReportRejected(mustGet(t, other)); !errors.Is(err, ErrInvalidArgument) || !strings.Contains(err.Error(), "other") {
		t.Fatal(err)
	}
	if _, err := source.GetNewer(within(t), mustGet(t, other)); !errors.Is(err, ErrInvalidArgument) || !strings.Contains(err.Error(), "other") {
		t.Fatal(err)
	}
	if err := source.ReportRejected(Credential{}); !errors.Is(err, ErrInvalidArgument) {
		t.Fatal(err)
	}
	// Sources of the same thing share their value.
	same := newDatabase(t, client)
	if err := same.ReportRejected(mustGet(t, source)); err != nil {
		t.Fatal(err)
	}
}

func TestIsRejectionCode(t *testing.T) {
	cloud := startCloud(t)
	client := newClient(t, options(cloud))
	for code, want := range map[string]bool{
		"1045": true, "28P01": true, "28p01": true, "er_access_denied_error": true,
		"1046": false, "": false, "1045\x00": false, "\xff": false,
	} {
		if got := newDatabase(t, client).IsRejectionCode(code); got != want {
			t.Errorf("%q: %v", code, got)
		}
	}
	own := newDatabase(t, client, Options{RejectedCodes: []string{"E1", "E2"}})
	if !own.IsRejectionCode("e2") || own.IsRejectionCode("1045") {
		t.Error("the option rejected_codes is not used")
	}
}

func TestEvents(t *testing.T) {
	cloud := startCloud(t)
	client := newClient(t, options(cloud))
	source := newDatabase(t, client)
	ctx, cancel := context.WithCancel(within(t))
	ofSource, err := source.Events(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ofClient, err := client.Events(ctx)
	if err != nil {
		t.Fatal(err)
	}
	first := mustGet(t, source)
	for _, events := range []<-chan Event{ofSource, ofClient} {
		event := <-events
		for event.Source != source.Name() { // the client has those of the login identity too
			event = <-events
		}
		if event.Kind != EventChanged || event.Generation != first.Generation() || event.Err != nil || event.OccurredAt.IsZero() {
			t.Fatalf("%+v", event)
		}
	}
	if err := source.ReportRejected(first); err != nil {
		t.Fatal(err)
	}
	if event := <-ofSource; event.Kind != EventRejected || event.Kind.String() != "rejected" {
		t.Fatalf("%+v", event)
	}
	cancel()
	for range ofSource {
	}
	// Closing the client ends them too.
	last, err := client.Events(within(t))
	if err != nil {
		t.Fatal(err)
	}
	_ = client.Close()
	for range last {
	}
	for range ofClient {
	}
	if _, err := client.Events(within(t)); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
	if _, err := source.Events(within(t)); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
}

func TestFailedRefreshHasAnEvent(t *testing.T) {
	cloud := startCloud(t)
	source := newDatabase(t, newClient(t, options(cloud)))
	mustGet(t, source)
	events, err := source.Events(within(t))
	if err != nil {
		t.Fatal(err)
	}
	cloud.Fault(emulatortest.Fields{"kind": "answer", "status": 200, "code": "InternalError", "message": "planted", "action": tokenAction})
	if _, err := source.Refresh(within(t)); !errors.Is(err, ErrService) {
		t.Fatal(err)
	}
	event := <-events
	var failure *Error
	if event.Kind != EventRefreshFailed || !errors.As(event.Err, &failure) || failure.ProviderCode != "InternalError" {
		t.Fatalf("%+v", event)
	}
	status, err := source.Status()
	if err != nil || status.ConsecutiveFailures != 1 || !errors.Is(status.LastError, ErrService) {
		t.Fatalf("%+v, %v", status, err)
	}
}

func TestStatusAndReport(t *testing.T) {
	cloud := startCloud(t)
	client := newClient(t, options(cloud))
	source := newDatabase(t, client)
	status, err := source.Status()
	if err != nil || status.State != StateEmpty || status.LastError != nil || status.LastRotationDuration != -1 {
		t.Fatalf("%+v, %v", status, err)
	}
	first := mustGet(t, source)
	status, err = source.Status()
	if err != nil || status.State != StateFresh || status.Origin != OriginCloud || status.Generation != first.Generation() ||
		status.Fetches != 1 || status.TLSVerified || !status.ExpiresAt.Equal(first.ExpiresAt()) || status.LastSuccessAt.IsZero() ||
		status.IdentityExplanation == "" {
		t.Fatalf("%+v, %v", status, err)
	}
	for format, part := range map[ReportFormat]string{ReportJSON: `"sources"`, ReportPrometheus: "evercred_source_"} {
		report, err := client.Report(format)
		if err != nil || !strings.Contains(report, part) || !strings.Contains(report, source.Name()) {
			t.Fatal(report, err)
		}
		emulatortest.NoSecret(t, report, first.Password(), testKey)
	}
	if _, err := client.Report(77); !errors.Is(err, ErrInvalidArgument) {
		t.Fatal(err)
	}
}

func TestManagedSecret(t *testing.T) {
	cloud := startCloud(t, "--access-key", "LTAItest:planted-secret", "--secret", "prod/app-key", "--region", "cn-hangzhou")
	o := Options{
		AliyunKMSEndpoint:     cloud.Regions["cn-hangzhou"],
		AliyunScheme:          AliyunSchemeHTTP,
		AliyunRegion:          "cn-hangzhou",
		AliyunAccessKeyID:     "LTAItest",
		AliyunAccessKeySecret: NewSecret("planted-secret"),
		Proxy:                 NewSecret("none"),
	}
	client := newClient(t, o)
	source, err := client.Managed("prod/app-key")
	if err != nil {
		t.Fatal(err)
	}
	first := mustGet(t, source)
	if first.Kind() != KindAccessKey || first.AccessKeyID() != cloud.SecretAccessKeyID("prod/app-key") ||
		first.AccessKeySecret() == "" || first.SecurityToken() != "" || first.VersionID() == "" {
		t.Fatal(first, first.AccessKeyID())
	}
	id := cloud.RotateSecret("prod/app-key", 0)
	if err := source.ReportRejected(first); err != nil {
		t.Fatal(err)
	}
	if next, err := source.GetNewer(within(t), first); err != nil || next.AccessKeyID() != id {
		t.Fatal(next, err)
	}
	identity, err := client.Identity(Aliyun)
	if err != nil {
		t.Fatal(err)
	}
	if key := mustGet(t, identity); key.AccessKeyID() != "LTAItest" || key.AccessKeySecret() != "planted-secret" || key.Origin() != OriginConfiguration {
		t.Fatal(key)
	}
	if _, err := client.Identity("nimbus"); !errors.Is(err, ErrInvalidArgument) {
		t.Fatal(err)
	}
	if _, err := client.Managed("with\x00nul"); !errors.Is(err, ErrInvalidArgument) || !strings.Contains(err.Error(), "secretName") {
		t.Fatal(err)
	}
}

// In lazy mode nothing starts by itself, and no generation is published.
func TestLazyMode(t *testing.T) {
	cloud := startCloud(t)
	o := options(cloud)
	o.Refresh = RefreshLazy
	source := newDatabase(t, newClient(t, o))
	first := mustGet(t, source)
	if again := mustGet(t, source); again.Password() != first.Password() {
		t.Fatal(again)
	}
	cloud.Rotate(testRegion, testInstance, testUser)
	if err := source.ReportRejected(first); err != nil {
		t.Fatal(err)
	}
	if next, err := source.GetNewer(within(t), first); err != nil || next.Password() == first.Password() {
		t.Fatal(next, err)
	}
	if count := cloud.Requests(tokenAction); count != 2 {
		t.Fatalf("%d requests", count)
	}
}

// In lazy mode no event says that the held value may be handed out while the cloud hangs.
func TestLazyModeWhileTheCloudHangs(t *testing.T) {
	cloud := startCloud(t)
	o := options(cloud)
	o.Refresh, o.RefreshWait = RefreshLazy, 200*time.Millisecond
	source := newDatabase(t, newClient(t, o))
	first := mustGet(t, source)
	cloud.Fault(emulatortest.Fields{"kind": "delay", "ms": 20000, "action": tokenAction})
	if err := source.ReportRejected(first); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if again := mustGet(t, source); again.State() != StateRejected {
		t.Fatal(again)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Fatalf("it took %v", took)
	}
}

// GetNewer in lazy mode asks again while nobody else does.
func TestLazyModeWaitsForARotation(t *testing.T) {
	cloud := startCloud(t)
	o := options(cloud)
	o.Refresh = RefreshLazy
	source := newDatabase(t, newClient(t, o))
	first := mustGet(t, source)
	if err := source.ReportRejected(first); err != nil {
		t.Fatal(err)
	}
	rotated := make(chan struct{})
	go func() {
		defer close(rotated)
		emulatortest.Eventually(t, "the library asks at least once in vain", func() bool { return cloud.Requests(tokenAction) >= 2 })
		cloud.Rotate(testRegion, testInstance, testUser)
	}()
	next, err := source.GetNewer(within(t), first)
	if err != nil || next.Password() == first.Password() {
		t.Fatal(next, err)
	}
	<-rotated
}

func TestOverTLS(t *testing.T) {
	cloud := startCloud(t, "--tls")
	o := options(cloud)
	o.TencentScheme = ""
	source := newDatabase(t, newClient(t, o))
	if _, err := source.Get(within(t)); !errors.Is(err, ErrTLS) {
		t.Fatal(err)
	}
	o.CAFile = cloud.CAPath
	source = newDatabase(t, newClient(t, o))
	mustGet(t, source)
	if status, err := source.Status(); err != nil || !status.TLSVerified {
		t.Fatal(status, err)
	}
}

func TestNames(t *testing.T) {
	cloud := startCloud(t)
	source := newDatabase(t, newClient(t, options(cloud)))
	want := fmt.Sprintf("database/%s/%s/%s", testRegion, testInstance, testUser)
	if source.Name() != want || source.String() != want {
		t.Fatal(source)
	}
	if Version() == "" {
		t.Fatal("no version")
	}
}
