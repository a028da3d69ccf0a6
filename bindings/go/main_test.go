//go:build cgo

package evercred_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

// rotate rotates the password of the account of the examples.
var rotate func()

// TestMain runs an emulator for the examples, which find it through EVERCRED_… variables, as a program finds its cloud.
func TestMain(m *testing.M) {
	cloud, err := emulatortest.Run("--key", "AKIDexample:key-of-the-examples", "--account", "ap-guangzhou/cdb-example1/app_user")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	rotate = func() { cloud.Rotate("ap-guangzhou", "cdb-example1", "app_user") }
	for name, value := range map[string]string{
		"TENCENT_ENDPOINT": cloud.HostPort, "TENCENT_SCHEME": "http", "TENCENT_SECRET_ID": "AKIDexample",
		"TENCENT_SECRET_KEY": "key-of-the-examples", "PROXY": "none",
	} {
		if err := os.Setenv("EVERCRED_"+name, value); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	cloud.Stop()
	os.Exit(code)
}
