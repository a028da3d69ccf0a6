// Package login repeats logins to databases for the connectors.
package login

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	evercred "github.com/evercred/evercred/bindings/go"
)

// pauses are how long another password is awaited, at most, before the next try with the one that is held: after the
// first refusal, which is reported, and after the next ones, which are not. At the end comes [evercred.Retry].
var pauses = []time.Duration{time.Second, 100 * time.Millisecond, time.Second, 2 * time.Second}

// Retry is [evercred.Retry] for a login, which may be tried more often than a call with effects: up to six times,
// within ctx.
//
// One round is not enough where the cloud and the database change the password at different moments. If the cloud is
// ahead, the next password is refused, too, until the database follows. Then there is no newer one to wait for: it is
// that password that must be tried again. It is not reported before the last try, because it is good.
func Retry[T any](
	ctx context.Context,
	source *evercred.Source,
	code func(error) string,
	call func(context.Context, evercred.Credential) (T, error),
) (T, error) {
	held, err := source.Get(ctx)
	if err != nil {
		var none T
		return none, err
	}
	// Another login may have found that this is the next password, and that the one before is refused.
	isNext := isRecent(held)
	for i, pause := range pauses {
		if i == 0 && isNext {
			continue
		}
		result, err := call(ctx, held)
		if err == nil || !source.IsRejectionCode(code(err)) {
			return result, err
		}
		if i == 0 {
			// Above the limit of reports another one may come all the same.
			if reason := source.ReportRejected(held); reason != nil && !errors.Is(reason, evercred.ErrRateLimited) {
				return result, fmt.Errorf("%w; its credential could not be reported as rejected: %w", err, reason)
			}
		}
		next, reason := newer(ctx, source, held, pause)
		switch {
		case reason == nil:
			held, isNext = next, true
			keep(next)
		case ctx.Err() != nil || errors.Is(reason, evercred.ErrClosed), !isNext && !errors.Is(reason, evercred.ErrTimeout):
			return result, fmt.Errorf("%w; there is no newer credential: %w", err, reason)
		}
	}
	return evercred.Retry(ctx, source, code, call)
}

// newer waits for another credential: for the pause, or for half of the time that is left, so that there is a next try.
// If the cloud fails at once, the pause is kept, unless nothing can change any more.
func newer(ctx context.Context, source *evercred.Source, held evercred.Credential, pause time.Duration) (evercred.Credential, error) {
	if deadline, ok := ctx.Deadline(); ok {
		pause = min(pause, time.Until(deadline)/2)
	}
	within, cancel := context.WithTimeout(ctx, pause)
	defer cancel()
	next, err := source.GetNewer(within, held)
	if err != nil && !errors.Is(err, evercred.ErrClosed) {
		<-within.Done()
	}
	return next, err
}

// recent are the generations that came after a refused one, and when they came; the numbers are unique in a process.
// Logins that start with one of them must not report it while the database may not know it yet.
var recent struct {
	sync.Mutex
	since map[uint64]time.Time
}

// lag is how long a database may need to follow the cloud.
const lag = 10 * time.Second

func keep(credential evercred.Credential) {
	recent.Lock()
	defer recent.Unlock()
	for generation, since := range recent.since {
		if time.Since(since) > lag {
			delete(recent.since, generation)
		}
	}
	if recent.since == nil {
		recent.since = make(map[uint64]time.Time)
	}
	if _, ok := recent.since[credential.Generation()]; !ok {
		recent.since[credential.Generation()] = time.Now()
	}
}

func isRecent(credential evercred.Credential) bool {
	recent.Lock()
	defer recent.Unlock()
	since, ok := recent.since[credential.Generation()]
	return ok && time.Since(since) <= lag
}
