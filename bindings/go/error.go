//go:build cgo

package evercred

// #include "shim.h"
import "C"

import (
	"context"
	"fmt"
	"time"
)

// Code says what kind of failure an [Error] is. A code is an error itself, so that it serves [errors.Is]:
//
//	if errors.Is(err, evercred.ErrThrottled) { … }
type Code int

// The codes. Each comment says what to do.
const (
	// An argument is missing, empty, not UTF-8 or otherwise unusable: the message names it. Correct the call.
	ErrInvalidArgument Code = C.EVERCRED_E_INVALID_ARGUMENT
	// No option has this name. The message names the nearest one.
	ErrUnknownOption Code = C.EVERCRED_E_UNKNOWN_OPTION
	// The value of an option has the wrong type or is out of range.
	ErrInvalidOption Code = C.EVERCRED_E_INVALID_OPTION
	// A file that was asked for cannot be read or parsed.
	ErrFile Code = C.EVERCRED_E_FILE
	// The client or the source is closed.
	ErrClosed Code = C.EVERCRED_E_CLOSED
	// The time of the call ended before there was an answer. It is [context.DeadlineExceeded] too.
	ErrTimeout Code = C.EVERCRED_E_TIMEOUT
	// The cloud cannot be reached. Check the network, the endpoint and the proxy.
	ErrNetwork Code = C.EVERCRED_E_NETWORK
	// The server's certificate was not accepted, or there are no root certificates. Check Options.CAFile.
	ErrTLS Code = C.EVERCRED_E_TLS
	// The cloud reported a temporary failure. The library retries.
	ErrService Code = C.EVERCRED_E_SERVICE
	// The cloud limits the rate of requests.
	ErrThrottled Code = C.EVERCRED_E_THROTTLED
	// The cloud refuses the request: not permitted, switched off, no such resource. The message says what to do.
	ErrRefused Code = C.EVERCRED_E_REFUSED
	// The login identity is expired or unknown.
	ErrIdentity Code = C.EVERCRED_E_IDENTITY
	// The signing time was not accepted, even after correction. Set this machine's clock.
	ErrClock Code = C.EVERCRED_E_CLOCK
	// The cloud's answer is malformed. Report it with the request id.
	ErrMalformed Code = C.EVERCRED_E_MALFORMED
	// Too many forced refreshes or reports in a short time: this one was not made. RetryAfter says when the next one is
	// allowed (options forced_refresh_burst and forced_refresh_period_ms).
	ErrRateLimited Code = C.EVERCRED_E_RATE_LIMITED
	// No login identity was found. The message says what was tried.
	ErrNoIdentity Code = C.EVERCRED_E_NO_IDENTITY
	// This build, library or system does not support the operation.
	ErrUnsupported Code = C.EVERCRED_E_UNSUPPORTED
	// The process has no thread, file descriptor or memory left. The library retries; raise the limits of the process.
	ErrResources Code = C.EVERCRED_E_RESOURCES
	// A defect in evercred. Report it.
	ErrInternal Code = C.EVERCRED_E_INTERNAL
)

// Error returns the name of the code, such as "EVERCRED_E_CLOSED".
func (code Code) Error() string {
	return C.GoString(C.evercred_code_name(C.int32_t(code)))
}

// Is reports whether target means the same: [ErrTimeout] is [context.DeadlineExceeded].
func (code Code) Is(target error) bool {
	return code == ErrTimeout && target == context.DeadlineExceeded
}

// Progress says how far a failed request got. Repeating a request that was perhaps sent may have its effect twice.
type Progress int

// How far a failed request got.
const (
	// Nothing of the request was sent, or the call needed none.
	ProgressNotSent Progress = C.EVERCRED_PROGRESS_NOT_SENT
	// The request, or a part of it, was sent; whether the service got it is not known.
	ProgressPerhapsSent Progress = C.EVERCRED_PROGRESS_PERHAPS_SENT
	// A server answered: HTTPStatus is its status.
	ProgressAnswered Progress = C.EVERCRED_PROGRESS_ANSWERED
)

// String returns "not sent", "perhaps sent" or "answered".
func (progress Progress) String() string {
	switch progress {
	case ProgressNotSent:
		return "not sent"
	case ProgressPerhapsSent:
		return "perhaps sent"
	case ProgressAnswered:
		return "answered"
	}
	return fmt.Sprintf("Progress(%d)", int(progress))
}

// Error is the error of a failed call. It holds no secret. Get one with [errors.As]; ask for its kind with
// [errors.Is] and a [Code].
type Error struct {
	// Code is the kind of the failure.
	Code Code
	// Message says what went wrong and what to do about it, in English, for a person.
	Message string
	// ProviderCode is the cloud's own error code, such as "AuthFailure.SecretIdNotFound"; "" if it sent none.
	ProviderCode string
	// RequestID is the cloud's id of the failed request, by which its support finds the request; "" if it sent none.
	RequestID string
	// Retryable says whether a later retry can succeed without an action of a person.
	Retryable bool
	// RetryAfter is how long to wait before a retry, if the cloud or a limit of this library says so; otherwise 0.
	RetryAfter time.Duration
	// UserNotification says whether the user must be notified, as the official SDK of Tencent Cloud defines it.
	UserNotification bool
	// Progress says how far the failed request got.
	Progress Progress
	// HTTPStatus is the status of the answer to the failed request, such as 403; 0 if there was none.
	HTTPStatus int

	cause error
}

// Error returns the message.
func (e *Error) Error() string { return "evercred: " + e.Message }

// Is reports whether target is the code of the error.
func (e *Error) Is(target error) bool { return target == e.Code || e.Code.Is(target) }

// Unwrap returns the cause of the end of the context, if that ended the call.
func (e *Error) Unwrap() error { return e.cause }

// Timeout reports whether the time of the call ended, as the errors of package net do.
func (e *Error) Timeout() bool { return e.Code == ErrTimeout }

// newError makes an error of this module's own.
func newError(code Code, format string, arguments ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, arguments...)}
}

// takeError copies an owned error and frees it; nil for success.
func takeError(from *C.evercred_error) error {
	if from == nil {
		return nil
	}
	defer C.evercred_error_free(from)
	return copyError(from)
}

// copyError copies a borrowed error, which is not nil.
func copyError(from *C.evercred_error) *Error {
	var fields C.evercred_go_error
	C.evercred_go_read_error(from, &fields)
	return &Error{
		Code:             Code(fields.code),
		Message:          copyText(fields.message),
		ProviderCode:     copyText(fields.provider_code),
		RequestID:        copyText(fields.request_id),
		Retryable:        bool(fields.is_retryable),
		RetryAfter:       duration(fields.retry_after_ms),
		UserNotification: bool(fields.is_user_notification_required),
		Progress:         Progress(fields.progress),
		HTTPStatus:       int(fields.http_status),
	}
}

// isCode says whether the error is one of the library with this code.
func isCode(err error, code Code) bool {
	e, ok := err.(*Error)
	return ok && e.Code == code
}

// canceled is the error of a call whose context ended for another reason than its deadline.
func canceled(ctx context.Context, name string) error {
	if cause := context.Cause(ctx); cause != ctx.Err() {
		return fmt.Errorf("evercred: %s: %w: %w", name, ctx.Err(), cause)
	}
	return fmt.Errorf("evercred: %s: %w", name, ctx.Err())
}
