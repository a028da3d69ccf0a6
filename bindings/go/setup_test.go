//go:build cgo

package evercred

import (
	"context"
	"testing"
	"time"

	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

const (
	testRegion   = "ap-guangzhou"
	testInstance = "cdb-1"
	testUser     = "app"
	testKey      = "planted-key-of-tencent"
)

// startCloud starts an emulator with a database account and a key.
func startCloud(t testing.TB, arguments ...string) *emulatortest.Emulator {
	t.Helper()
	arguments = append(arguments, "--key", "AKIDtest:"+testKey, "--account", testRegion+"/"+testInstance+"/"+testUser)
	return emulatortest.Start(t, arguments...)
}

// options reach an emulator without TLS.
func options(cloud *emulatortest.Emulator) Options {
	return Options{
		TencentEndpoint:  cloud.HostPort,
		TencentScheme:    TencentSchemeHTTP,
		TencentSecretID:  "AKIDtest",
		TencentSecretKey: NewSecret(testKey),
		Proxy:            NewSecret("none"),
	}
}

// newClient makes a client that is closed at the end of the test.
func newClient(t testing.TB, options Options) *Client {
	t.Helper()
	client, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// newDatabase opens the account of startCloud.
func newDatabase(t testing.TB, client *Client, overrides ...Options) *Source {
	t.Helper()
	source, err := client.Database(testRegion, testInstance, testUser, overrides...)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// within is a context with an end far away, so that a call that hangs fails its test.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
