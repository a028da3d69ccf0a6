//go:build cgo

package evercred

// #include "shim.h"
import "C"

import "time"

// Status is the status of a source at one moment. Times are by this machine's clock; a time that is not known is the zero
// time. It holds no secret.
type Status struct {
	// State is the state of the value.
	State State
	// Origin says where the value came from.
	Origin Origin
	// Generation is the number of the value; 0 before the first one.
	Generation uint64
	// ExpiresAt is when the value expires.
	ExpiresAt time.Time
	// RenewAt is when the renewal of the value is due; zero if it is renewed only on request.
	RenewAt time.Time
	// NextRefreshAt is when the cloud is asked next; zero if nothing is planned (lazy mode, before the first Get).
	NextRefreshAt time.Time
	// LastSuccessAt is when a fetch last succeeded.
	LastSuccessAt time.Time
	// ConsecutiveFailures is how many refreshes have failed since the last success.
	ConsecutiveFailures uint64
	// LastError is why the last refresh failed; nil if it succeeded. Otherwise it is an *Error.
	LastError error
	// Fetches is how many fetches were tried in total.
	Fetches uint64
	// Rejections is how many reports of a rejected credential were acted upon in total.
	Rejections uint64
	// ClockSkew is how far the cloud's clock is ahead of this machine's, if the signing time had to be corrected;
	// negative if this machine's clock is ahead.
	ClockSkew time.Duration
	// LastRotationDuration is how long the last rotation took according to the service; -1 if it does not say.
	LastRotationDuration time.Duration
	// NextRotationAt is when the service plans the next rotation of a managed secret.
	NextRotationAt time.Time
	// RotationInterval is the time between two rotations of a managed secret; 0 if the service does not say.
	RotationInterval time.Duration
	// GeneratedAt is when a managed access key was created.
	GeneratedAt time.Time
	// RotationOverdue says whether the service still returns the old value more than 15 minutes after it should have
	// rotated it.
	RotationOverdue bool
	// RotationStatus is the result of the last rotation according to the service, such as "success"; "" if not known.
	RotationStatus string
	// TLSVerified says whether requests are encrypted and server certificates are verified.
	TLSVerified bool
	// IdentityExplanation says which login identity was used, and why others were skipped; "" if not known.
	IdentityExplanation string
}

// takeStatus copies an owned status and frees it.
func takeStatus(from *C.evercred_status) Status {
	defer C.evercred_status_free(from)
	var fields C.evercred_go_status
	C.evercred_go_read_status(from, &fields)
	status := Status{
		State:                State(fields.state),
		Origin:               Origin(fields.origin),
		Generation:           uint64(fields.generation),
		ExpiresAt:            instant(fields.expires_at_ms),
		RenewAt:              instant(fields.renew_at_ms),
		NextRefreshAt:        instant(fields.next_refresh_at_ms),
		LastSuccessAt:        instant(fields.last_success_at_ms),
		ConsecutiveFailures:  uint64(fields.consecutive_failures),
		Fetches:              uint64(fields.fetches),
		Rejections:           uint64(fields.rejections),
		ClockSkew:            duration(fields.clock_skew_ms),
		LastRotationDuration: duration(fields.last_rotation_duration_ms),
		NextRotationAt:       instant(fields.next_rotation_at_ms),
		RotationInterval:     duration(fields.rotation_interval_ms),
		GeneratedAt:          instant(fields.generated_at_ms),
		RotationOverdue:      bool(fields.is_rotation_overdue),
		RotationStatus:       copyText(fields.rotation_status),
		TLSVerified:          bool(fields.is_tls_verified),
		IdentityExplanation:  copyText(fields.identity_explanation),
	}
	if fields.last_rotation_duration_ms < 0 {
		status.LastRotationDuration = -1
	}
	if fields.last_error != nil {
		status.LastError = copyError(fields.last_error)
	}
	return status
}
