//go:build cgo

package evercred

import (
	"context"
	"fmt"
	"time"
)

// limitedWait is how long Retry waits for a newer credential after a report above the limit.
const limitedWait = time.Second

// Retry calls a service with the current credential of source. If the service rejects the credential, Retry reports it,
// waits for a newer one until ctx is done (without a deadline at most the option TotalTimeout), and calls once more.
// After too many reports in a short time (Options.ForcedRefreshBurst) it waits at most a second: another credential is
// not asked for at once then, but may come.
//
// code returns the service's error code of an error of call, such as a driver's error number; "" for an error without
// one. [Source.IsRejectionCode] decides by it. call must not keep the credential for later calls: the next one may need a
// newer one.
//
// The error is that of Get, if there is no credential; that of call; or, if it was rejected and there is no newer
// credential, an error that is both that of call and the reason, for [errors.Is] and [errors.As].
func Retry[T any](
	ctx context.Context,
	source *Source,
	code func(error) string,
	call func(context.Context, Credential) (T, error),
) (T, error) {
	credential, err := source.Get(ctx)
	if err != nil {
		var none T
		return none, err
	}
	result, err := call(ctx, credential)
	if err == nil || !source.IsRejectionCode(code(err)) {
		return result, err
	}
	report := source.ReportRejected(credential)
	wait := ctx
	switch {
	case isCode(report, ErrRateLimited):
		// Another one may be on its way all the same. It is not asked for now, so there is no use in a long wait.
		var cancel context.CancelFunc
		wait, cancel = context.WithTimeout(ctx, limitedWait)
		defer cancel()
	case report != nil:
		return result, fmt.Errorf("%w; its credential could not be reported as rejected: %w", err, report)
	}
	next, reason := source.GetNewer(wait, credential)
	switch {
	case reason == nil:
	case report != nil:
		return result, fmt.Errorf("%w; its credential could not be reported as rejected: %w; there is no newer credential: %w",
			err, report, reason)
	default:
		return result, fmt.Errorf("%w; there is no newer credential: %w", err, reason)
	}
	return call(ctx, next)
}
