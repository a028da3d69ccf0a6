//go:build cgo

package evercred

// #include "shim.h"
import "C"

import (
	"context"
	"runtime"
	"time"
)

// EventKind says what happened. Later versions may add kinds: ignore those that you do not know.
type EventKind int

// What can happen.
const (
	// EventChanged: the source has another value. The first value is a change too.
	EventChanged EventKind = C.EVERCRED_EVENT_CHANGED
	// EventRefreshFailed: a refresh failed, and Event.Err says why. The held value stays in use as long as allowed.
	EventRefreshFailed EventKind = C.EVERCRED_EVENT_REFRESH_FAILED
	// EventRejected: the value was reported as rejected, and the library asks for another one.
	EventRejected EventKind = C.EVERCRED_EVENT_REJECTED
	// EventRotationOverdue: the service still returns the old value 15 minutes after it should have rotated it.
	EventRotationOverdue EventKind = C.EVERCRED_EVENT_ROTATION_OVERDUE
	// EventCAExpiring: a certificate of a CA file is about to expire, and Event.Err says which.
	EventCAExpiring EventKind = C.EVERCRED_EVENT_CA_EXPIRING
	// EventRecovered: a refresh succeeded after failed ones.
	EventRecovered EventKind = C.EVERCRED_EVENT_RECOVERED
	// EventEnded: the value is expired, Options.MaxStale has passed, and there is no other value.
	EventEnded EventKind = C.EVERCRED_EVENT_ENDED
	// EventReconfirmed: the service stands by a value that was reported as rejected.
	EventReconfirmed EventKind = C.EVERCRED_EVENT_RECONFIRMED
	// EventRefreshed: a refresh that somebody asked for or waited for succeeded with the same value.
	EventRefreshed EventKind = C.EVERCRED_EVENT_REFRESHED
	// EventWaitEnded: a request that a caller waits for has taken longer than Options.RefreshWait, and callers get the
	// held value from now on. Not sent in lazy mode.
	EventWaitEnded EventKind = C.EVERCRED_EVENT_WAIT_ENDED
)

// String returns the name of the kind, such as "changed".
func (kind EventKind) String() string {
	return name(int(kind), "EventKind", "none", "changed", "refresh failed", "rejected", "rotation overdue", "CA expiring",
		"recovered", "ended", "reconfirmed", "refreshed", "wait ended")
}

// Event is something that happened to a source or a client. It holds no secret.
type Event struct {
	// Kind says what happened.
	Kind EventKind
	// Source is the name of the source, as Source.Name returns it; "" if the event concerns the client.
	Source string
	// Generation is the source's generation after the event; 0 before the first value.
	Generation uint64
	// Err is the error of the event, an *Error; nil if it has none.
	Err error
	// OccurredAt is when it happened by this machine's clock.
	OccurredAt time.Time
	// DroppedBefore is how many older events were dropped directly before this one because they were not taken in time.
	DroppedBefore uint64
}

// takeEvent copies an owned event and frees it.
func takeEvent(from *C.evercred_event) Event {
	defer C.evercred_event_free(from)
	var fields C.evercred_go_event
	C.evercred_go_read_event(from, &fields)
	event := Event{
		Kind:          EventKind(fields.kind),
		Source:        copyText(fields.source_name),
		Generation:    uint64(fields.generation),
		OccurredAt:    instant(fields.occurred_at_ms),
		DroppedBefore: uint64(fields.dropped_before),
	}
	if fields.error != nil {
		event.Err = copyError(fields.error)
	}
	return event
}

// events sends what a subscription brings until ctx is done or the client is closed, and closes the channel then. keep
// stays reachable, and so open, as long.
func (c *client) events(ctx context.Context, s *subscription, keep any) <-chan Event {
	events := make(chan Event)
	done := make(chan struct{})
	ended := func() {
		close(done)
		s.interrupt()
	}
	stop := context.AfterFunc(ctx, ended)
	go func() {
		defer close(events)
		defer s.close()
		defer stop()
		s.wait(func() bool {
			for ctx.Err() == nil {
				next, err := s.next()
				if err != nil {
					return true
				}
				if next == nil {
					return false
				}
				select {
				case events <- takeEvent(next):
				case <-ctx.Done():
				case <-c.done:
				}
			}
			return true
		}, done)
		runtime.KeepAlive(keep)
	}()
	return events
}
