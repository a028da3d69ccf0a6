package login_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/internal/adaptertest"
	"github.com/evercred/evercred/bindings/go/internal/login"
)

const user = "app_user"

var errRefused = errors.New("refused")

func code(err error) string {
	if errors.Is(err, errRefused) {
		return "1045"
	}
	return ""
}

func start(t *testing.T) (*adaptertest.Tencent, *evercred.Source) {
	t.Helper()
	cloud := adaptertest.StartTencent(t, evercred.Options{}, "--account", adaptertest.TencentRegion+"/"+adaptertest.Instance+"/"+user)
	return cloud, cloud.Database(user)
}

// The cloud tells the next password before the database takes it. Many log in meanwhile.
func TestTheCloudIsAheadOfTheDatabase(t *testing.T) {
	for _, lag := range []time.Duration{0, 300 * time.Millisecond, 1500 * time.Millisecond} {
		t.Run(lag.String(), func(t *testing.T) {
			t.Parallel()
			cloud, source := start(t)
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			old, err := source.Get(ctx)
			if err != nil {
				t.Fatal(err)
			}
			next := cloud.Rotate(adaptertest.TencentRegion, adaptertest.Instance, user)
			if old.Password() == next {
				t.Error("the password was not rotated")
			}
			follows := time.Now().Add(lag)
			const logins = 8
			// All begin with the old one. Who begins with the next one does not know that it is new, and reports it.
			var begun sync.WaitGroup
			begun.Add(logins)
			connect := func() {
				tries := 0
				_, err := login.Retry(ctx, source, code, func(_ context.Context, credential evercred.Credential) (struct{}, error) {
					tries++
					if tries == 1 {
						begun.Done()
						begun.Wait()
					}
					// The old one is valid no more, and the next one when the database has followed.
					if credential.Password() == next && time.Now().After(follows) {
						return struct{}{}, nil
					}
					return struct{}{}, errRefused
				})
				if err != nil || tries > 6 {
					t.Errorf("after %d tries: %v", tries, err)
				}
			}
			var group sync.WaitGroup
			for range logins {
				group.Add(1)
				go func() {
					defer group.Done()
					connect()
				}()
			}
			group.Wait()
			// A good password was not reported, also by those who began with it.
			status, err := source.Status()
			if err != nil || status.Rejections != 1 || status.State != evercred.StateFresh {
				t.Errorf("%d reports, %v, %v", status.Rejections, status.State, err)
			}
		})
	}
}

// A password that was accepted is reported when it is refused, however new it is.
func TestRotationsOneAfterTheOther(t *testing.T) {
	cloud, source := start(t)
	password := cloud.Password(adaptertest.TencentRegion, adaptertest.Instance, user)
	tries := 0
	for range 4 {
		_, err := login.Retry(adaptertest.Context(t), source, code, func(_ context.Context, credential evercred.Credential) (struct{}, error) {
			tries++
			if credential.Password() == password {
				return struct{}{}, nil
			}
			return struct{}{}, errRefused
		})
		if err != nil {
			t.Fatal(err)
		}
		password = cloud.Rotate(adaptertest.TencentRegion, adaptertest.Instance, user)
	}
	if tries != 7 || cloud.Rejections(source) != 3 {
		t.Errorf("%d tries, %d reports", tries, cloud.Rejections(source))
	}
}

// A poll has brought the next password, so the first try is with it, before the database takes it.
func TestTheFirstPasswordIsAheadOfTheDatabase(t *testing.T) {
	_, source := start(t)
	follows := time.Now().Add(300 * time.Millisecond)
	_, err := login.Retry(adaptertest.Context(t), source, code, func(context.Context, evercred.Credential) (struct{}, error) {
		if time.Now().After(follows) {
			return struct{}{}, nil
		}
		return struct{}{}, errRefused
	})
	if err != nil {
		t.Error(err)
	}
}

func TestItEnds(t *testing.T) {
	cloud, source := start(t)
	ctx := adaptertest.Context(t)

	// Another error is not repeated.
	tries := 0
	other := errors.New("another one")
	_, err := login.Retry(ctx, source, code, func(context.Context, evercred.Credential) (struct{}, error) {
		tries++
		return struct{}{}, other
	})
	if !errors.Is(err, other) || tries != 1 {
		t.Errorf("after %d tries: %v", tries, err)
	}

	// Each password is refused although the cloud has a newer one each time.
	tries = 0
	_, err = login.Retry(ctx, source, code, func(context.Context, evercred.Credential) (struct{}, error) {
		tries++
		cloud.Rotate(adaptertest.TencentRegion, adaptertest.Instance, user)
		return struct{}{}, errRefused
	})
	if !errors.Is(err, errRefused) || tries != 6 {
		t.Errorf("after %d tries: %v", tries, err)
	}

	// There is no newer one: the time of the caller counts.
	short, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	_, err = login.Retry(short, source, code, func(context.Context, evercred.Credential) (struct{}, error) {
		return struct{}{}, errRefused
	})
	if !errors.Is(err, errRefused) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without another password: %v", err)
	}
}
