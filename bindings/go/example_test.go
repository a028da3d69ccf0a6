//go:build cgo

package evercred_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/evercred/evercred/bindings/go"
)

// The identity and everything else comes from EVERCRED_… variables here.
func Example() {
	var options evercred.Options
	options.LoadEnvironment()
	client, err := evercred.New(options)
	if err != nil {
		fmt.Println(err) // it names the option that cannot be used
		return
	}
	defer client.Close()

	source, err := client.Database("ap-guangzhou", "cdb-example1", "app_user")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	credential, err := source.Get(ctx) // waits only if it must
	if err != nil {
		fmt.Println(err)
		return
	}
	// Log in with credential.Username() and credential.Password().
	fmt.Println(credential.Username(), credential.State())
	// Output: app_user fresh
}

// A call that a service refuses is repeated with the next credential. The adapters for drivers and SDKs are made of it.
func ExampleRetry() {
	source := openSource()
	defer source.Close()

	code := func(err error) string { // the service's code of an error; "" for other errors
		var refused *loginError
		if errors.As(err, &refused) {
			return refused.code
		}
		return ""
	}
	greeting, err := evercred.Retry(context.Background(), source, code,
		func(ctx context.Context, credential evercred.Credential) (string, error) {
			return logIn(ctx, credential.Username(), credential.Password())
		})
	fmt.Println(greeting, err)
	// Output: welcome app_user <nil>
}

func ExampleOptions_LogTo() {
	options := evercred.Options{
		AliyunRegion: "cn-hangzhou",
		MaxStale:     2 * time.Hour,
	}
	options.LogTo(slog.NewTextHandler(os.Stderr, nil))
	_, err := evercred.New(options)
	fmt.Println(err)

	options = evercred.Options{PollInterval: time.Millisecond}
	_, err = evercred.New(options)
	fmt.Println(errors.Is(err, evercred.ErrInvalidOption))
	// Output:
	// <nil>
	// true
}

// An identity from a vault, which is asked again in time.
func ExampleOptions_identity() {
	options := evercred.Options{
		TencentIdentity: evercred.TencentIdentityCallback,
		Identity: func(ctx context.Context) (evercred.Key, error) {
			id, secret, end, err := askVault(ctx)
			return evercred.Key{AccessKeyID: id, AccessKeySecret: evercred.NewSecret(secret), ExpiresAt: end}, err
		},
	}
	client, err := evercred.New(options)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	identity, err := client.Identity(evercred.Tencent)
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := identity.Get(context.Background())
	fmt.Println(key.AccessKeyID(), key.Origin(), err)
	// Output: AKIDvault callback <nil>
}

func ExampleClient_Events() {
	client := newClient()
	defer client.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	events, err := client.Events(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}

	source := openSourceOf(client)
	if _, err := source.Get(ctx); err != nil {
		fmt.Println(err)
		return
	}
	for event := range events {
		if event.Kind == evercred.EventChanged && event.Source == source.Name() {
			fmt.Println(event.Source)
			break
		}
	}
	// Output: database/ap-guangzhou/cdb-example1/app_user
}

func ExampleError() {
	client := newClient()
	defer client.Close()
	source, err := client.Database("ap-guangzhou", "cdb-example1", "unknown")
	if err != nil {
		fmt.Println(err)
		return
	}

	_, err = source.Get(context.Background())
	var failure *evercred.Error
	if errors.As(err, &failure) {
		fmt.Println(errors.Is(err, evercred.ErrRefused), failure.ProviderCode, failure.Retryable)
	}
	// Output: true FailedOperation.FlowAuthIllegal false
}

func ExampleSource_Status() {
	source := openSource()
	defer source.Close()
	if _, err := source.Get(context.Background()); err != nil {
		fmt.Println(err)
		return
	}

	status, err := source.Status()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(status.State, status.Origin, time.Until(status.ExpiresAt) > time.Hour, status.LastError)
	// Output: fresh cloud true <nil>
}

// What the examples above need of a program around them.

func newClient() *evercred.Client {
	var options evercred.Options
	options.LoadEnvironment()
	client, err := evercred.New(options)
	if err != nil {
		panic(err)
	}
	return client
}

func openSource() *evercred.Source { return openSourceOf(newClient()) }

func openSourceOf(client *evercred.Client) *evercred.Source {
	source, err := client.Database("ap-guangzhou", "cdb-example1", "app_user")
	if err != nil {
		panic(err)
	}
	return source
}

type loginError struct{ code string }

func (e *loginError) Error() string { return "login refused: " + e.code }

// logIn is a service that has just changed its password: it refuses the first one that it sees.
func logIn(_ context.Context, user, password string) (string, error) {
	if refused == "" {
		refused = password
		rotate()
	}
	if password == refused {
		return "", &loginError{"1045"}
	}
	return "welcome " + user, nil
}

var refused string

func askVault(context.Context) (id, secret string, end time.Time, err error) {
	return "AKIDvault", "the secret of the vault", time.Now().Add(time.Hour), nil
}
