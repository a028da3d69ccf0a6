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
	try := func(ctx context.Context, credential evercred.Credential) (T, error) {
		result, err := call(ctx, credential)
		if err == nil {
			accepted(credential)
		}
		return result, err
	}
	reported := uint64(0)
	for i, pause := range pauses {
		if i == 0 && isAhead(held) {
			continue
		}
		result, err := try(ctx, held)
		if err == nil || !source.IsRejectionCode(code(err)) {
			return result, err
		}
		ahead := isAhead(held)
		if !ahead && held.Generation() != reported {
			reported = held.Generation()
			// Above the limit of reports another one may come all the same.
			if reason := source.ReportRejected(held); reason != nil && !errors.Is(reason, evercred.ErrRateLimited) {
				return result, fmt.Errorf("%w; its credential could not be reported as rejected: %w", err, reason)
			}
		}
		next, reason := newer(ctx, source, held, pause)
		switch {
		case reason == nil:
			held = next
			arrived(next)
		case ctx.Err() != nil || errors.Is(reason, evercred.ErrClosed), !ahead && !errors.Is(reason, evercred.ErrTimeout):
			return result, fmt.Errorf("%w; there is no newer credential: %w", err, reason)
		}
	}
	return evercred.Retry(ctx, source, code, try)
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

// recent are the generations that came after a refused one; the numbers are unique in a process. Until one of them is
// accepted, the database may not know it yet, and no login reports it.
var recent struct {
	sync.Mutex
	passwords map[uint64]password
}

type password struct {
	since    time.Time
	accepted bool
}

// lag is how long a database may need to follow the cloud.
const lag = 10 * time.Second

func arrived(credential evercred.Credential) {
	recent.Lock()
	defer recent.Unlock()
	for generation, each := range recent.passwords {
		if time.Since(each.since) > lag {
			delete(recent.passwords, generation)
		}
	}
	if recent.passwords == nil {
		recent.passwords = make(map[uint64]password)
	}
	if _, ok := recent.passwords[credential.Generation()]; !ok {
		recent.passwords[credential.Generation()] = password{since: time.Now()}
	}
}

func accepted(credential evercred.Credential) {
	recent.Lock()
	defer recent.Unlock()
	if each, ok := recent.passwords[credential.Generation()]; ok {
		each.accepted = true
		recent.passwords[credential.Generation()] = each
	}
}

func isAhead(credential evercred.Credential) bool {
	recent.Lock()
	defer recent.Unlock()
	each, ok := recent.passwords[credential.Generation()]
	return ok && !each.accepted && time.Since(each.since) <= lag
}
