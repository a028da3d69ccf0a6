//go:build cgo

package evercred

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

// secretText is planted where a secret can be; no message may show it.
const secretText = "planted-7c1e-secret"

// names are the names of all options.
var names = func() (names []string) {
	for _, field := range new(Options).fields() {
		names = append(names, field.name)
	}
	return names
}()

// FuzzOption sets options to values with a planted secret, also under names that are nearly those of options.
func FuzzOption(f *testing.F) {
	for i := range names {
		f.Add(uint8(i), "", "", "")
	}
	f.Add(uint8(3), "x", "1", "")
	f.Add(uint8(20), "", "http://user:", "@host:1")
	f.Add(uint8(40), "", "[{\"regionId\":\"", "\"}]")
	f.Add(uint8(40), "\x00", "a\x00", "\xff\xfe")
	f.Add(uint8(7), "_", "a,", ",b\n")
	f.Fuzz(func(t *testing.T, option uint8, misspelt, before, after string) {
		name := names[int(option)%len(names)] + misspelt
		hidden := hiddenOnly(name)
		var o Options
		var log messages
		o.Log, o.LogLevel = log.add, LevelDebug
		o.Set(name, before+secretText+after)
		client, err := New(o)
		if err == nil {
			defer client.Close()
			// Some values are looked at when a source is opened.
			for _, open := range []func() (*Source, error){
				func() (*Source, error) { return client.Database("r", "i", "u") },
				func() (*Source, error) { return client.Identity(Aliyun) },
			} {
				source, err := open()
				emulatortest.NoSecret(t, fmt.Sprintf("%v %+v %v", err, err, source), hidden...)
			}
			report, err := client.Report(ReportJSON)
			if err != nil {
				t.Fatal(err)
			}
			emulatortest.NoSecret(t, report, hidden...)
		}
		emulatortest.NoSecret(t, fmt.Sprintf("%v %+v", err, err), hidden...)
		emulatortest.NoSecret(t, fmt.Sprintf("%v %+v %#v", o, o, o), secretText)
		emulatortest.NoSecret(t, log.all(), hidden...)
	})
}

// hiddenOnly is the planted secret, unless it is the value of an option that may be shown, such as a host.
func hiddenOnly(option string) []string {
	for _, part := range []string{"_file", "_dir", "endpoint", "domain", "user_agent", "region", "_name", "_arn", "_id", "codes",
		"_uri", "profile", "no_proxy", "stage", "policy", "command"} {
		if strings.Contains(option, part) && option != "aliyun_regions" {
			return nil
		}
	}
	return []string{secretText}
}

// FuzzFile loads files in which a line has a planted secret.
func FuzzFile(f *testing.F) {
	f.Add([]byte("tencent_secret_key = "), []byte("\nmax_attempts = many\n"), false)
	f.Add([]byte("tencent_secret_kay = "), []byte("\n"), false)
	f.Add([]byte("credentials_type=ak\ncredentials_access_key_id=a\ncredentials_access_secret="), []byte("\nx"), true)
	f.Add([]byte("credentials_access_secret=a\\\n"), []byte("=b\n"), true)
	f.Add([]byte("\xff\xfe= "), []byte("\x00"), false)
	folder := f.TempDir()
	var number int
	var mu sync.Mutex
	f.Fuzz(func(t *testing.T, before, after []byte, official bool) {
		mu.Lock()
		number++
		name := fmt.Sprintf("%d-%d.conf", os.Getpid(), number)
		mu.Unlock()
		if official {
			name = "managed_credentials_providers.properties"
		}
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, append(append(append([]byte{}, before...), secretText...), after...), 0o600); err != nil {
			t.Fatal(err)
		}
		defer os.Remove(path)
		var o Options
		var log messages
		o.Log, o.LogLevel = log.add, LevelDebug
		o.LoadFile(path)
		client, err := New(o)
		emulatortest.NoSecret(t, fmt.Sprintf("%v %+v %#v", err, err, o), secretText)
		if err == nil {
			_ = client.Close()
		}
		emulatortest.NoSecret(t, log.all(), secretText)
	})
}

// FuzzKey supplies keys with a planted secret, which no error of the failing request shows.
func FuzzKey(f *testing.F) {
	f.Add("AKID", "", "", "", false)
	f.Add("AKID\n", "\x00", "a", "b", true)
	f.Add("", "a", "\xff", "", false)
	f.Add("é", "\r\n", " ", "\t", true)
	f.Fuzz(func(t *testing.T, id, before, after, token string, aliyun bool) {
		var log messages
		o := Options{
			Log: log.add, LogLevel: LevelDebug, MaxAttempts: 1, Proxy: NewSecret("none"),
			// Nobody listens there.
			TencentEndpoint: "127.0.0.1:1", AliyunKMSEndpoint: "127.0.0.1:1",
			TencentIdentity: TencentIdentityCallback, AliyunIdentity: AliyunIdentityCallback,
			Identity: func(context.Context) (Key, error) {
				return Key{id, NewSecret(before + secretText + after), NewSecret(token + secretText), time.Time{}}, nil
			},
		}
		client, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		var source *Source
		if aliyun {
			source, err = client.Managed("name")
		} else {
			source, err = client.Database("r", "i", "u")
		}
		if err != nil {
			t.Fatal(err)
		}
		_, err = source.Get(context.Background())
		if err == nil {
			t.Fatal("there is no cloud")
		}
		status, _ := source.Status()
		report, _ := client.Report(ReportJSON)
		emulatortest.NoSecret(t, fmt.Sprintf("%v %+v %#v %+v %s", err, err, err, status, report), secretText)
		emulatortest.NoSecret(t, log.all(), secretText)
	})
}
