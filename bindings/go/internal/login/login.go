// Package login repeats logins to databases for the connectors.
package login

import (
	"context"
	"time"

	evercred "github.com/evercred/evercred/bindings/go"
)

// pauses are the waits before the second and the third round.
var pauses = []time.Duration{100 * time.Millisecond, time.Second}

// Retry is [evercred.Retry] for a login, which may be tried more often than a call with effects: up to three rounds,
// within ctx.
//
// One round is not enough where the cloud and the database change the password at different moments. If the cloud is
// ahead, the next password is refused, too, until the database follows; then it is that password that must be tried
// again, and not a newer one.
func Retry[T any](
	ctx context.Context,
	source *evercred.Source,
	code func(error) string,
	call func(context.Context, evercred.Credential) (T, error),
) (T, error) {
	for round := 0; ; round++ {
		tried := 0
		result, err := evercred.Retry(ctx, source, code, func(ctx context.Context, credential evercred.Credential) (T, error) {
			tried++
			return call(ctx, credential)
		})
		// After one try, there was no newer password, or the error is another one.
		if err == nil || tried < 2 || round == len(pauses) || !source.IsRejectionCode(code(err)) {
			return result, err
		}
		select {
		case <-ctx.Done():
			return result, err
		case <-time.After(pauses[round]):
		}
	}
}
