//go:build cgo

package evercred

// #include "shim.h"
import "C"

import (
	"context"
	"sync"
	"time"
)

// The slow path. A caller that cannot be served at once joins the flight of its source: a channel that is closed when the
// library has an answer. The library's events say when to ask it again. All of this happens under client.mu, and no call
// under it blocks.

// askAgain is how often a flight asks without an event, if it is of GetNewer or the source holds a value: in lazy mode
// nobody but callers starts the next request, and no event says that the held value may be handed out.
const askAgain = 100 * time.Millisecond

// flight is an answer that several callers wait for.
type flight struct {
	landed     chan struct{}
	credential Credential // valid when landed is closed, like err
	err        error

	generation uint64      // of GetNewer: the one that the callers have
	waiting    int         // callers that have not left
	holds      bool        // of Get: the source holds a value, which may be handed out in the end
	last       error       // of GetNewer: why there is no other value yet
	timer      *time.Timer // asks again; nil if only events do
}

func newFlight() *flight { return &flight{landed: make(chan struct{}), waiting: 1} }

func (f *flight) land(credential Credential, err error) {
	f.credential, f.err = credential, err
	if f.timer != nil {
		f.timer.Stop()
	}
	close(f.landed)
}

// result is for one of the callers, after the flight has landed. Each has an error of its own.
func (f *flight) result() (Credential, error) {
	if e, ok := f.err.(*Error); ok {
		copied := *e
		return f.credential, &copied
	}
	return f.credential, f.err
}

// every calls ask with the lock from time to time, as long as it returns true. The caller has the lock.
func (f *flight) every(pause time.Duration, lock sync.Locker, ask func() bool) {
	f.timer = time.AfterFunc(pause, func() {
		lock.Lock()
		defer lock.Unlock()
		if ask() {
			f.timer.Reset(pause)
		}
	})
}

// join returns what the library hands out at once, or else the flight to wait for.
func (s *source) join() (Credential, *flight, error) {
	s.client.mu.Lock()
	defer s.client.mu.Unlock()
	return s.joinLocked()
}

func (s *source) joinLocked() (Credential, *flight, error) {
	if s.get != nil {
		s.get.waiting++
		return Credential{}, s.get, nil
	}
	if err := s.listen(); err != nil {
		return Credential{}, nil, err
	}
	credential, err := s.try()
	if err != nil || !credential.IsZero() {
		return credential, nil, err
	}
	f := newFlight()
	if held, err := s.peek(); err == nil && !held.IsZero() {
		f.holds = true
		f.every(askAgain, &s.client.mu, func() bool {
			if s.get == f {
				s.ask(nil)
			}
			return s.get == f
		})
	}
	s.get = f
	s.fly()
	return Credential{}, f, nil
}

// joinNewer is join for a value other than that of the generation.
func (s *source) joinNewer(generation uint64) (Credential, *flight, error) {
	s.client.mu.Lock()
	defer s.client.mu.Unlock()
	if generation == 0 {
		return s.joinLocked()
	}
	if f := s.newer[generation]; f != nil {
		f.waiting++
		return Credential{}, f, nil
	}
	if err := s.listen(); err != nil {
		return Credential{}, nil, err
	}
	credential, err := s.tryNewer(generation)
	switch {
	case isCode(err, ErrTimeout):
	case err != nil || credential.State() == StateFresh:
		return credential, nil, err
	default:
		// Another value, but not a good one: Get decides whether it waits for a better one.
		return s.joinLocked()
	}
	f := newFlight()
	f.generation, f.last = generation, err
	f.every(askAgain, &s.client.mu, func() bool {
		if s.newer[generation] == f {
			s.askNewer(f)
		}
		return s.newer[generation] == f
	})
	if s.newer == nil {
		s.newer = make(map[uint64]*flight)
	}
	s.newer[generation] = f
	s.fly()
	return Credential{}, f, nil
}

// listen makes sure that the events of the client arrive, and takes those that wait: they are older than the question
// that is asked next, so they do not answer it.
func (s *source) listen() error {
	c := s.client
	if c.closed {
		return errClientClosed()
	}
	if s.closed {
		return errSourceClosed()
	}
	if c.inbox == nil {
		inbox, err := c.subscribe(nil)
		if err != nil {
			return err
		}
		c.inbox = inbox
		go c.listen(inbox)
	}
	c.takeEvents()
	return nil
}

// listen ends flights by the events of the library, until the client is closed.
func (c *client) listen(inbox *subscription) {
	inbox.wait(func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.takeEvents()
	}, c.done)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inbox = nil
	inbox.close()
}

// takeEvents takes all events that wait. It returns true if the client is closed.
func (c *client) takeEvents() bool {
	for {
		event, err := c.inbox.next()
		if err != nil {
			return true
		}
		if event == nil {
			return false
		}
		if len(c.flying) == 0 {
			C.evercred_event_free(event)
			continue
		}
		c.dispatch(takeEvent(event))
	}
}

// dispatch asks again for the flights that an event concerns.
func (c *client) dispatch(event Event) {
	if event.DroppedBefore > 0 {
		// The event of any source may be lost.
		for _, sources := range c.flying {
			for s := range sources {
				s.ask(nil)
			}
		}
	}
	for s := range c.flying[event.Source] {
		if event.Kind == EventRefreshFailed {
			s.ask(event.Err)
		} else {
			s.ask(nil)
		}
	}
}

// ask asks the library again for all that wait for this source. failure is why the request that they waited for failed.
func (s *source) ask(failure error) {
	if f := s.get; f != nil {
		credential, err := s.try()
		if err == nil && credential.IsZero() && failure != nil && !s.servesHeld() {
			err = failure
		}
		if err != nil || !credential.IsZero() {
			s.get = nil
			f.land(credential, err)
		}
	}
	for _, f := range s.newer {
		s.askNewer(f)
		if isLasting(failure) && s.newer[f.generation] == f {
			// Only a person can help, so there is no use in waiting.
			delete(s.newer, f.generation)
			f.land(Credential{}, failure)
		}
	}
	s.rest()
}

// isLasting says whether a request failed for a reason that does not pass by itself.
func isLasting(failure error) bool {
	e, ok := failure.(*Error)
	return ok && !e.Retryable
}

// askNewer asks again for a flight of GetNewer.
func (s *source) askNewer(f *flight) {
	credential, err := s.tryNewer(f.generation)
	if isCode(err, ErrTimeout) {
		f.last = err
		return
	}
	delete(s.newer, f.generation)
	s.rest()
	f.land(credential, err)
}

// servesHeld says whether the library hands out the held value when there is no better one in time: a rejected one, or one
// that is about to expire or stale. Then a failed request does not end the wait, and an event says when the library does.
func (s *source) servesHeld() bool {
	held, err := s.peek()
	return err == nil && !held.IsZero() && held.State() != StateEnded
}

// fly registers the source for events.
func (s *source) fly() {
	sources := s.client.flying[s.name]
	if sources == nil {
		sources = make(map[*source]struct{})
		s.client.flying[s.name] = sources
	}
	sources[s] = struct{}{}
}

// rest is called after a flight ended.
func (s *source) rest() {
	if s.get != nil || len(s.newer) > 0 {
		return
	}
	sources := s.client.flying[s.name]
	delete(sources, s)
	if len(sources) == 0 {
		delete(s.client.flying, s.name)
	}
}

// end makes the source a closed one: all that wait for it return.
func (s *source) end() {
	if s.closed {
		return
	}
	s.closed = true
	s.current.Store(nil)
	failure := errSourceClosed()
	if s.client.closed {
		failure = errClientClosed()
	}
	if f := s.get; f != nil {
		s.get = nil
		f.land(Credential{}, failure)
	}
	for generation, f := range s.newer {
		delete(s.newer, generation)
		f.land(Credential{}, failure)
	}
	for _, f := range []*flight{s.refreshing, s.refreshes} {
		if f != nil {
			f.land(Credential{}, failure)
		}
	}
	s.refreshing, s.refreshes = nil, nil
	s.rest()
}

// try asks the library without a wait: no credential and no error means that an event will come.
func (s *source) try() (Credential, error) {
	var credential *C.evercred_credential
	err := takeError(C.evercred_source_try_get(s.pointer(), &credential))
	return s.publish(s.take(credential)), err
}

// tryNewer asks for another value than that of the generation; ErrTimeout means that there is none yet.
func (s *source) tryNewer(generation uint64) (Credential, error) {
	var credential *C.evercred_credential
	err := takeError(C.evercred_source_get_newer(s.pointer(), C.uint64_t(generation), 0, &credential))
	return s.publish(s.take(credential)), err
}

// getNow is what Get returns when its time is over.
func (s *source) getNow() (Credential, error) {
	var credential *C.evercred_credential
	err := takeError(C.evercred_source_get(s.pointer(), 0, &credential))
	return s.publish(s.take(credential)), err
}

// publish keeps a value for the fast path. The caller has client.mu.
func (s *source) publish(credential Credential) Credential {
	if !credential.IsZero() && !s.closed {
		if current := s.current.Load(); current == nil || current.generation < credential.value.generation {
			s.current.Store(credential.value)
		}
	}
	return credential
}

// await waits for a flight as long as the caller may.
func (s *source) await(ctx context.Context, f *flight) (Credential, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return s.awaitFor(ctx, f, s.wait)
	}
	if f.holds {
		// A caller with little time takes the old value while it can still use it.
		half := time.NewTimer(time.Until(deadline) / 2)
		defer half.Stop()
		select {
		case <-f.landed:
			return f.result()
		case <-ctx.Done():
		case <-half.C:
			if credential, err := s.old(); err == nil {
				s.leaveFlight(f)
				return credential, nil
			}
		}
	}
	select {
	case <-f.landed:
		return f.result()
	case <-ctx.Done():
		return s.giveUp(ctx, f)
	}
}

// awaitFor waits for a flight without a deadline of the caller.
func (s *source) awaitFor(ctx context.Context, f *flight, wait time.Duration) (Credential, error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-f.landed:
		return f.result()
	case <-ctx.Done():
	case <-timer.C:
	}
	return s.giveUp(ctx, f)
}

// old is what may be handed out without a wait.
func (s *source) old() (Credential, error) {
	s.client.mu.Lock()
	defer s.client.mu.Unlock()
	if s.closed {
		return Credential{}, errSourceClosed()
	}
	return s.getNow()
}

// giveUp ends the wait of a caller at its deadline, or when its context is cancelled.
func (s *source) giveUp(ctx context.Context, f *flight) (Credential, error) {
	last := s.leaveFlight(f)
	if ctx.Err() == context.Canceled {
		return Credential{}, s.left(ctx, nil)
	}
	if f.generation == 0 {
		credential, err := s.old()
		if err == nil {
			return credential, nil
		}
		last = err
	}
	return Credential{}, s.left(ctx, last)
}

// leaveFlight counts a caller who leaves. A flight without callers ends, so that the next caller asks anew.
func (s *source) leaveFlight(f *flight) (last error) {
	s.client.mu.Lock()
	defer s.client.mu.Unlock()
	f.waiting--
	if f.waiting > 0 {
		return f.last
	}
	switch {
	case s.get == f:
		s.get = nil
	case f.generation != 0 && s.newer[f.generation] == f:
		delete(s.newer, f.generation)
	default:
		return f.last
	}
	if f.timer != nil {
		f.timer.Stop()
	}
	s.rest()
	return f.last
}

// left is the error of a caller that left: canceled, or out of time. last says why there was no value; nil if unknown.
func (s *source) left(ctx context.Context, last error) error {
	if ctx.Err() == context.Canceled {
		return canceled(ctx, s.name)
	}
	if last != nil && !isCode(last, ErrTimeout) {
		return last
	}
	timeout := newError(ErrTimeout, "%s: no value within the timeout; allow more time", s.name)
	if last != nil {
		copied := *last.(*Error)
		timeout = &copied
	}
	timeout.cause = context.Cause(ctx)
	return timeout
}

// refreshGrace is how much longer than the library a Refresh waits, whose own error of a timeout says more.
const refreshGrace = 50 * time.Millisecond

// joinRefresh returns a refresh whose request starts after this call.
func (s *source) joinRefresh() (*flight, error) {
	s.client.mu.Lock()
	defer s.client.mu.Unlock()
	if s.client.closed {
		return nil, errClientClosed()
	}
	if s.closed {
		return nil, errSourceClosed()
	}
	if s.refreshing == nil {
		if !s.enter() {
			return nil, errSourceClosed()
		}
		s.refreshing = newFlight()
		go s.refresh(s.refreshing)
		return s.refreshing, nil
	}
	if s.refreshes == nil {
		s.refreshes = newFlight()
	}
	return s.refreshes, nil
}

// refresh makes the refreshes of a source one after the other, as long as somebody asks. It is a user of the handle.
func (s *source) refresh(f *flight) {
	defer s.exit()
	for f != nil {
		select {
		case s.client.refreshes <- struct{}{}:
		case <-s.done:
			return
		}
		var credential *C.evercred_credential
		err := takeError(C.evercred_source_refresh(s.pointer(), -1, &credential))
		<-s.client.refreshes
		f = s.landRefresh(f, credential, err)
	}
}

// landRefresh ends a refresh and begins the next one, if somebody asks for one. After the end of the source, which has
// ended both, there is none.
func (s *source) landRefresh(f *flight, from *C.evercred_credential, err error) *flight {
	s.client.mu.Lock()
	defer s.client.mu.Unlock()
	credential := s.publish(s.take(from))
	if s.refreshing != f {
		return nil
	}
	f.land(credential, err)
	s.refreshing, s.refreshes = s.refreshes, nil
	return s.refreshing
}
