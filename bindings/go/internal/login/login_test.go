package login_test

import (
	"context"
	"errors"
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

// The cloud tells the next password before the database takes it.
func TestTheCloudIsAheadOfTheDatabase(t *testing.T) {
	cloud, source := start(t)
	ctx := adaptertest.Context(t)
	old, err := source.Get(ctx)
	if err != nil {
		t.Fatal(err)
	}
	next := cloud.Rotate(adaptertest.TencentRegion, adaptertest.Instance, user)
	tries := 0
	_, err = login.Retry(ctx, source, code, func(_ context.Context, credential evercred.Credential) (struct{}, error) {
		tries++
		// The old one is valid no more, and the next one from the third try on.
		if tries >= 3 && credential.Password() == next {
			return struct{}{}, nil
		}
		return struct{}{}, errRefused
	})
	if err != nil || tries != 3 {
		t.Errorf("after %d tries: %v", tries, err)
	}
	if old.Password() == next {
		t.Error("the password was not rotated")
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
