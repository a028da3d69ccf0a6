//go:build cgo

package evercred

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

// loginError is the error of a service that is called with a wrong password.
type loginError struct{ code string }

func (e *loginError) Error() string { return "login refused: " + e.code }

func codeOf(err error) string {
	var refused *loginError
	if errors.As(err, &refused) {
		return refused.code
	}
	return ""
}

// login is a service that takes the present password only.
func login(cloud *emulatortest.Emulator) func(context.Context, Credential) (string, error) {
	return func(_ context.Context, credential Credential) (string, error) {
		if credential.Password() != cloud.Password(testRegion, testInstance, testUser) {
			return "", &loginError{"1045"}
		}
		return "logged in", nil
	}
}

func TestRetry(t *testing.T) {
	cloud := startCloud(t)
	source := newDatabase(t, newClient(t, options(cloud)))
	for range 3 {
		if result, err := Retry(within(t), source, codeOf, login(cloud)); err != nil || result != "logged in" {
			t.Fatal(result, err)
		}
		cloud.Rotate(testRegion, testInstance, testUser)
	}
	if status, err := source.Status(); err != nil || status.Rejections != 2 {
		t.Fatal(status, err)
	}
}

func TestRetryLeavesOtherErrorsAlone(t *testing.T) {
	cloud := startCloud(t)
	source := newDatabase(t, newClient(t, options(cloud)))
	for _, failure := range []error{&loginError{"1046"}, errors.New("without a code")} {
		calls := 0
		result, err := Retry(within(t), source, codeOf, func(context.Context, Credential) (int, error) {
			calls++
			return 7, failure
		})
		if err != failure || result != 7 || calls != 1 {
			t.Fatal(result, err, calls)
		}
	}
	if status, err := source.Status(); err != nil || status.Rejections != 0 {
		t.Fatal(status, err)
	}
}

// refuse is a service that takes no password.
func refuse(calls *int) func(context.Context, Credential) (int, error) {
	return func(context.Context, Credential) (int, error) {
		*calls++
		return 0, &loginError{"1045"}
	}
}

func TestRetryWithoutANewerCredential(t *testing.T) {
	cloud := startCloud(t)
	o := options(cloud)
	o.ForcedRefreshBurst = 1
	o.RejectedSettle = ZeroDuration
	source := newDatabase(t, newClient(t, o))
	mustGet(t, source)
	ctx, cancel := context.WithTimeout(context.Background(), 200e6)
	defer cancel()
	calls := 0
	_, err := Retry(ctx, source, codeOf, refuse(&calls))
	var refused *loginError
	if !errors.As(err, &refused) || !errors.Is(err, ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) || calls != 1 {
		t.Fatal(err, calls)
	}
	// The service stands by the value, so a new report is one too many.
	emulatortest.Eventually(t, "a report is refused", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 200e6)
		defer cancel()
		_, err := Retry(ctx, source, codeOf, refuse(&calls))
		return errors.Is(err, ErrRateLimited) && errors.As(err, &refused)
	})
}

// A report above the limit asks for nothing, but the next credential comes for another reason.
func TestRetryAboveTheLimitOfReports(t *testing.T) {
	cloud := startCloud(t)
	o := options(cloud)
	o.ForcedRefreshBurst = 1
	source := newDatabase(t, newClient(t, o))
	mustGet(t, source)
	cloud.Rotate(testRegion, testInstance, testUser)
	if _, err := Retry(within(t), source, codeOf, login(cloud)); err != nil {
		t.Fatal(err)
	}
	cloud.Rotate(testRegion, testInstance, testUser)
	refreshed := make(chan error, 1)
	result, err := Retry(within(t), source, codeOf, func(ctx context.Context, credential Credential) (string, error) {
		result, err := login(cloud)(ctx, credential)
		if err != nil {
			go func() {
				for {
					status, err := source.Status()
					if err != nil || status.State == StateRejected {
						break
					}
					time.Sleep(time.Millisecond)
				}
				refreshed <- second(source.Refresh(ctx))
			}()
		}
		return result, err
	})
	if err != nil || result != "logged in" {
		t.Fatal(result, err)
	}
	if err := <-refreshed; err != nil {
		t.Fatal(err)
	}
	if status, err := source.Status(); err != nil || status.State != StateFresh {
		t.Fatal(status, err)
	}
}

func TestRetryCallsOnceMoreOnly(t *testing.T) {
	cloud := startCloud(t)
	source := newDatabase(t, newClient(t, options(cloud)))
	mustGet(t, source)
	cloud.Rotate(testRegion, testInstance, testUser)
	calls := 0
	_, err := Retry(within(t), source, codeOf, refuse(&calls))
	if codeOf(err) != "1045" || calls != 2 {
		t.Fatal(err, calls)
	}
}

func TestRetryWithoutACredential(t *testing.T) {
	cloud := startCloud(t)
	client := newClient(t, options(cloud))
	source := newDatabase(t, client)
	_ = client.Close()
	calls := 0
	if _, err := Retry(within(t), source, codeOf, refuse(&calls)); !errors.Is(err, ErrClosed) || calls != 0 {
		t.Fatal(err, calls)
	}
}
