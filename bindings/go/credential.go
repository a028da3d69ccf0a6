//go:build cgo

package evercred

// #include "shim.h"
import "C"

import (
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Kind says what a credential holds.
type Kind int

// What a credential holds.
const (
	// KindPassword is the user name and password of a database account or a machine.
	KindPassword Kind = C.EVERCRED_KIND_PASSWORD
	// KindAccessKey is an access key: id, secret, and a security token if it is temporary.
	KindAccessKey Kind = C.EVERCRED_KIND_ACCESS_KEY
	// KindText is a whole secret text without a known form: SecretValue.
	KindText Kind = C.EVERCRED_KIND_TEXT
	// KindBinary is whole secret bytes, decoded: SecretValue.
	KindBinary Kind = C.EVERCRED_KIND_BINARY
)

// String returns "password", "access key", "text" or "binary".
func (kind Kind) String() string {
	return name(int(kind), "Kind", "none", "password", "access key", "text", "binary")
}

// State is the state of a value.
type State int

// The states of a value.
const (
	// StateEmpty: there is no value.
	StateEmpty State = C.EVERCRED_STATE_EMPTY
	// StateFresh: the value is good and no refresh is due.
	StateFresh State = C.EVERCRED_STATE_FRESH
	// StateDue: the value is good and a refresh is due. Only a Status has it; a credential is StateFresh instead.
	StateDue State = C.EVERCRED_STATE_DUE
	// StateMandatory: the value is still good but about to expire, and its refresh has not succeeded yet.
	StateMandatory State = C.EVERCRED_STATE_MANDATORY
	// StateStale: the value is expired, or overdue if its end is not known. It is returned because the cloud cannot be
	// reached.
	StateStale State = C.EVERCRED_STATE_STALE
	// StateEnded: the value is expired, and Options.MaxStale has passed.
	StateEnded State = C.EVERCRED_STATE_ENDED
	// StateRejected: the value was reported as rejected, and the cloud has no other one yet.
	StateRejected State = C.EVERCRED_STATE_REJECTED
)

// String returns the name of the state, such as "fresh".
func (state State) String() string {
	return name(int(state), "State", "empty", "fresh", "due", "mandatory", "stale", "ended", "rejected")
}

// Origin says where a value came from.
type Origin int

// Where a value came from.
const (
	OriginNone           Origin = C.EVERCRED_ORIGIN_NONE            // there is no value
	OriginCloud          Origin = C.EVERCRED_ORIGIN_CLOUD           // the cloud's API
	OriginFallbackFile   Origin = C.EVERCRED_ORIGIN_FALLBACK_FILE   // a fallback password file
	OriginConfiguration  Origin = C.EVERCRED_ORIGIN_CONFIGURATION   // the options
	OriginEnvironment    Origin = C.EVERCRED_ORIGIN_ENVIRONMENT     // environment variables
	OriginProfileFile    Origin = C.EVERCRED_ORIGIN_PROFILE_FILE    // a profile file
	OriginMetadata       Origin = C.EVERCRED_ORIGIN_METADATA        // the machine's metadata service
	OriginSTS            Origin = C.EVERCRED_ORIGIN_STS             // the cloud's security token service
	OriginFileCache      Origin = C.EVERCRED_ORIGIN_FILE_CACHE      // the cache file
	OriginProcess        Origin = C.EVERCRED_ORIGIN_PROCESS         // a program that was run to get it
	OriginCredentialsURI Origin = C.EVERCRED_ORIGIN_CREDENTIALS_URI // a credentials URI
	OriginCallback       Origin = C.EVERCRED_ORIGIN_CALLBACK        // the function Options.Identity
	OriginClientKeyFile  Origin = C.EVERCRED_ORIGIN_CLIENT_KEY_FILE // a client key file
)

// String returns the name of the origin, such as "cloud".
func (origin Origin) String() string {
	return name(int(origin), "Origin", "none", "cloud", "fallback file", "configuration", "environment", "profile file",
		"metadata", "STS", "file cache", "process", "credentials URI", "callback", "client key file")
}

func name(number int, kind string, names ...string) string {
	if number >= 0 && number < len(names) {
		return names[number]
	}
	return fmt.Sprintf("%s(%d)", kind, number)
}

// Credential is one value of a source: an immutable copy, which needs no closing and stays readable after its client is
// closed. A rotation makes a new one. Two credentials of one generation of a [Source] are usually equal by ==.
//
// The zero Credential holds nothing, and each of its methods returns a zero value.
//
// No way of printing or encoding a Credential shows a secret.
type Credential struct{ value *snapshot }

// snapshot is the immutable content of a credential. The secrets are functions, so that also a debugging printer that
// follows pointers into unexported fields finds none.
type snapshot struct {
	address    *uint64 // where the source publishes its generation
	generation uint64
	source     string
	kind       Kind
	state      State
	origin     Origin
	expiresAt  time.Time
	renewAt    time.Time

	username, accessKeyID, versionID                      string
	password, accessKeySecret, securityToken, secretValue func() string
}

// newSnapshot copies a credential of C.
func newSnapshot(from *C.evercred_credential, address *uint64, source string) *snapshot {
	var fields C.evercred_go_credential
	C.evercred_go_read_credential(from, &fields)
	return &snapshot{
		address:         address,
		generation:      uint64(fields.generation),
		source:          source,
		kind:            Kind(fields.kind),
		state:           State(fields.state),
		origin:          Origin(fields.origin),
		expiresAt:       instant(fields.expires_at_ms),
		renewAt:         instant(fields.renew_at_ms),
		username:        copyText(fields.username),
		accessKeyID:     copyText(fields.access_key_id),
		versionID:       copyText(fields.version_id),
		password:        hide(copyText(fields.password)),
		accessKeySecret: hide(copyText(fields.access_key_secret)),
		securityToken:   hide(copyText(fields.security_token)),
		secretValue:     hide(copyText(fields.secret_value)),
	}
}

func hide(text string) func() string {
	if text == "" {
		return none
	}
	return func() string { return text }
}

func none() string { return "" }

// IsZero reports whether the credential holds nothing.
func (c Credential) IsZero() bool { return c.value == nil }

// Kind says what the credential holds; 0 for the zero Credential.
func (c Credential) Kind() Kind {
	if c.value == nil {
		return 0
	}
	return c.value.kind
}

// Username returns the user name to log in with; "" if the credential has none.
func (c Credential) Username() string {
	if c.value == nil {
		return ""
	}
	return c.value.username
}

// Password returns the password to log in with; "" if the credential has none. It is a secret.
func (c Credential) Password() string {
	if c.value == nil {
		return ""
	}
	return c.value.password()
}

// AccessKeyID returns the id of the access key; "" if the credential has none.
func (c Credential) AccessKeyID() string {
	if c.value == nil {
		return ""
	}
	return c.value.accessKeyID
}

// AccessKeySecret returns the secret of the access key; "" if the credential has none. It is a secret.
func (c Credential) AccessKeySecret() string {
	if c.value == nil {
		return ""
	}
	return c.value.accessKeySecret()
}

// SecurityToken returns the session token of a temporary access key; "" for a long-term key. It is a secret.
func (c Credential) SecurityToken() string {
	if c.value == nil {
		return ""
	}
	return c.value.securityToken()
}

// SecretValue returns the decoded value of a secret of [KindText] or [KindBinary], or of an access key that is stored
// in a generic secret; otherwise "". It may hold any bytes. It is a secret.
func (c Credential) SecretValue() string {
	if c.value == nil {
		return ""
	}
	return c.value.secretValue()
}

// VersionID returns the service's id of this version of the secret; "" if there is none.
func (c Credential) VersionID() string {
	if c.value == nil {
		return ""
	}
	return c.value.versionID
}

// Generation returns the number of this value. It grows with every change of the source, and no two sources of a
// process have the same numbers. It is 0 for the zero Credential.
func (c Credential) Generation() uint64 {
	if c.value == nil {
		return 0
	}
	return c.value.generation
}

// Origin says where the value came from.
func (c Credential) Origin() Origin {
	if c.value == nil {
		return OriginNone
	}
	return c.value.origin
}

// State returns the state of the value when it was handed out. It never changes: for the present state ask
// [Source.Status].
func (c Credential) State() State {
	if c.value == nil {
		return StateEmpty
	}
	return c.value.state
}

// ExpiresAt returns when the value expires by this machine's clock; the zero time if the cloud does not say. It can end
// earlier: an administrator can reset a password or delete a key at any time.
func (c Credential) ExpiresAt() time.Time {
	if c.value == nil {
		return time.Time{}
	}
	return c.value.expiresAt
}

// RenewAt returns when the renewal of the value is due by this machine's clock; the zero time if it is renewed only on
// request.
func (c Credential) RenewAt() time.Time {
	if c.value == nil {
		return time.Time{}
	}
	return c.value.renewAt
}

// String describes the credential without its secrets.
func (c Credential) String() string {
	if c.value == nil {
		return "evercred.Credential{}"
	}
	return fmt.Sprintf("evercred.Credential{%s, generation %d, %s}", c.value.source, c.value.generation, c.value.state)
}

// Format implements [fmt.Formatter]: every verb prints what String returns.
func (c Credential) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, c.String()) }

// MarshalText implements [encoding.TextMarshaler], also for JSON: the text is what String returns.
func (c Credential) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// LogValue implements [slog.LogValuer]: source, generation, state and end, and no secret.
func (c Credential) LogValue() slog.Value {
	if c.value == nil {
		return slog.GroupValue()
	}
	attributes := []slog.Attr{
		slog.String("source", c.value.source),
		slog.Uint64("generation", c.value.generation),
		slog.String("state", c.value.state.String()),
	}
	if !c.value.expiresAt.IsZero() {
		attributes = append(attributes, slog.Time("expires_at", c.value.expiresAt))
	}
	return slog.GroupValue(attributes...)
}
