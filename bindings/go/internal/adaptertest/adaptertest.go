// Package adaptertest has what the tests of the adapters share: a cloud with something to rotate, and a source of it.
package adaptertest

import (
	"context"
	"testing"
	"time"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

// Context is done before the test would be ended from outside.
func Context(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// Aliyun is Alibaba Cloud with a managed secret that holds an access key.
type Aliyun struct {
	*emulatortest.Emulator
	Client *evercred.Client
	Source *evercred.Source
	t      testing.TB
}

// The key that asks for the secret, and the secret.
const (
	AskerID     = "LTAI-asker"
	AskerSecret = "the-secret-of-the-asker"
	SecretName  = "acs/ram/user/app"
	Region      = "cn-hangzhou"
)

// StartAliyun starts the emulator and opens the secret. No request has been sent yet.
func StartAliyun(t testing.TB) *Aliyun {
	t.Helper()
	emulator := emulatortest.Start(t, "--access-key", AskerID+":"+AskerSecret, "--secret", SecretName)
	var options evercred.Options
	for _, option := range [][2]string{
		{"aliyun_kms_endpoint", emulator.HostPort},
		{"aliyun_scheme", "http"},
		{"aliyun_region", Region},
		{"aliyun_identity", "static"},
		{"aliyun_access_key_id", AskerID},
		{"aliyun_access_key_secret", AskerSecret},
		{"proxy", "none"},
		// A fetch may take more than a second on a busy machine, and an SDK makes few attempts.
		{"refresh_wait_ms", "5000"},
	} {
		options.Set(option[0], option[1])
	}
	client, err := evercred.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	source, err := client.Managed(SecretName)
	if err != nil {
		t.Fatal(err)
	}
	return &Aliyun{Emulator: emulator, Client: client, Source: source, t: t}
}

// Revoke gives the secret a new key and deletes the one that the source holds, as an administrator does after a leak.
func (a *Aliyun) Revoke() {
	a.t.Helper()
	held, err := a.Source.Peek()
	if err != nil || held.IsZero() {
		a.t.Fatalf("the source holds %v, %v", held, err)
	}
	a.Rotate()
	a.RevokeAccessKey(held.AccessKeyID())
}

// Rotate gives the secret a new key; the old one goes on for ten minutes.
func (a *Aliyun) Rotate() {
	a.t.Helper()
	a.RotateSecret(SecretName, 10*time.Minute)
}

// Answer registers an action of another product, whose requests the emulator checks like its own.
func (a *Aliyun) Answer(version, action string, answer emulatortest.Fields) {
	a.t.Helper()
	a.Control("action", emulatortest.Fields{"cloud": "aliyun", "version": version, "action": action, "answer": answer})
}

// Rejections is how many refused credentials were reported to the source.
func (a *Aliyun) Rejections() uint64 {
	a.t.Helper()
	return rejections(a.t, a.Source)
}

func rejections(t testing.TB, source *evercred.Source) uint64 {
	t.Helper()
	status, err := source.Status()
	if err != nil {
		t.Fatal(err)
	}
	return status.Rejections
}

// Tencent is Tencent Cloud with database accounts and a role.
type Tencent struct {
	*emulatortest.Emulator
	Client *evercred.Client
	t      testing.TB
}

// The key that asks, and the region and instance of the accounts.
const (
	SecretID      = "AKID-asker"
	SecretKey     = "the-key-of-the-asker"
	TencentRegion = "ap-guangzhou"
	Instance      = "cdb-example1"
)

// StartTencent starts the emulator with more arguments, and a client with more options. No request has been sent yet.
func StartTencent(t testing.TB, options evercred.Options, arguments ...string) *Tencent {
	t.Helper()
	emulator := emulatortest.Start(t, append([]string{"--key", SecretID + ":" + SecretKey}, arguments...)...)
	for _, option := range [][2]string{
		{"tencent_endpoint", emulator.HostPort},
		{"tencent_sts_endpoint", emulator.HostPort},
		{"tencent_scheme", "http"},
		{"tencent_secret_id", SecretID},
		{"tencent_secret_key", SecretKey},
		{"proxy", "none"},
	} {
		options.Set(option[0], option[1])
	}
	client, err := evercred.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return &Tencent{Emulator: emulator, Client: client, t: t}
}

// Database opens an account, which the emulator must have.
func (c *Tencent) Database(user string) *evercred.Source {
	c.t.Helper()
	source, err := c.Client.Database(TencentRegion, Instance, user)
	if err != nil {
		c.t.Fatal(err)
	}
	return source
}

// Rejections is how many refused credentials were reported to the source.
func (c *Tencent) Rejections(source *evercred.Source) uint64 {
	c.t.Helper()
	return rejections(c.t, source)
}
