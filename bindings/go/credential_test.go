//go:build cgo

package evercred

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

// planted are secrets that no output may show.
var planted = []string{"planted-password", "planted-key-secret", "planted-token", "planted-value"}

func plantedCredential() Credential {
	return Credential{&snapshot{
		address: new(uint64), generation: 7, source: "database/r/i/u", state: StateFresh, username: "user",
		expiresAt: time.Unix(1700000000, 0), password: hide(planted[0]), accessKeySecret: hide(planted[1]),
		securityToken: hide(planted[2]), secretValue: hide(planted[3]),
	}}
}

var verbs = []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%T", "%30s", "%U", "%e", "%!"}

func TestCredentialShowsNoSecret(t *testing.T) {
	credential := plantedCredential()
	if credential.Password() != planted[0] || credential.AccessKeySecret() != planted[1] ||
		credential.SecurityToken() != planted[2] || credential.SecretValue() != planted[3] {
		t.Fatal("the secrets are not there")
	}
	type unexported struct{ credential Credential }
	type exported struct{ Credential Credential }
	values := []any{
		credential, &credential, []Credential{credential}, map[string]Credential{"a": credential},
		map[Credential]int{credential: 1}, unexported{credential}, &unexported{credential}, exported{credential},
		*credential.value, credential.value, any(credential), fmt.Errorf("failed with %v", credential),
	}
	for _, value := range values {
		for _, verb := range verbs {
			emulatortest.NoSecret(t, fmt.Sprintf(verb, value), planted...)
		}
		emulatortest.NoSecret(t, fmt.Sprint(value), planted...)
		text, err := json.Marshal(value)
		emulatortest.NoSecret(t, fmt.Sprint(string(text), err), planted...)
		var encoded bytes.Buffer
		err = gob.NewEncoder(&encoded).Encode(value)
		emulatortest.NoSecret(t, fmt.Sprint(encoded.String(), err), planted...)
		for _, handler := range []func(io.Writer) slog.Handler{
			func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) },
			func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) },
		} {
			var log bytes.Buffer
			slog.New(handler(&log)).Info("message", "value", value)
			emulatortest.NoSecret(t, log.String(), planted...)
		}
	}
	if got := credential.String(); got != "evercred.Credential{database/r/i/u, generation 7, fresh}" {
		t.Fatal(got)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("message", "credential", credential)
	if !strings.Contains(log.String(), "credential.generation=7") || !strings.Contains(log.String(), "credential.expires_at=") {
		t.Fatal(log.String())
	}
}

func TestZeroCredential(t *testing.T) {
	var zero Credential
	if !zero.IsZero() || zero.Kind() != 0 || zero.Username() != "" || zero.Password() != "" || zero.AccessKeyID() != "" ||
		zero.AccessKeySecret() != "" || zero.SecurityToken() != "" || zero.SecretValue() != "" || zero.VersionID() != "" ||
		zero.Generation() != 0 || zero.Origin() != OriginNone || zero.State() != StateEmpty || !zero.ExpiresAt().IsZero() ||
		!zero.RenewAt().IsZero() {
		t.Fatal("not zero")
	}
	if got := fmt.Sprintf("%v %+v %s", zero, zero, zero.LogValue()); !strings.HasPrefix(got, "evercred.Credential{} ") {
		t.Fatal(got)
	}
}

func TestNamesOfNumbers(t *testing.T) {
	for _, test := range []struct {
		value fmt.Stringer
		want  string
	}{
		{KindAccessKey, "access key"}, {Kind(9), "Kind(9)"}, {StateRejected, "rejected"}, {State(-1), "State(-1)"},
		{OriginClientKeyFile, "client key file"}, {Origin(99), "Origin(99)"}, {EventRefreshed, "refreshed"},
		{EventKind(99), "EventKind(99)"}, {LevelDebug, "debug"}, {ProgressAnswered, "answered"}, {Progress(9), "Progress(9)"},
		{On, "on"}, {Off, "off"}, {Switch(0), ""}, {Switch(9), "Switch(9)"}, {Secret{}, ""}, {NewSecret("planted"), "[secret]"},
	} {
		if got := test.value.String(); got != test.want {
			t.Errorf("%q instead of %q", got, test.want)
		}
	}
}
