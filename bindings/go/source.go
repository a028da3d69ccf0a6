//go:build cgo

package evercred

// #include "shim.h"
import "C"

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// Source is a value that is kept fresh, such as the password of a database account or a managed secret. Its methods may
// be called by any goroutine.
//
// A source is closed by Close, by the Close of its client, or after the collector finds that it is forgotten. The zero
// Source is none: all that it returns is [ErrInvalidArgument].
type Source struct {
	core   *source
	client *Client // a client with an open source is not forgotten
}

// source is what goroutines of this package hold, so that they do not keep the Source of the program reachable.
type source struct {
	client *client
	handle *C.evercred_source
	users
	closing sync.Once
	cancel  context.CancelFunc // ends functions of the program that run for this source
	done    <-chan struct{}    // closed then, when the flights have ended
	name    string
	address *uint64       // where the library publishes the generation
	wait    time.Duration // how long a call without a deadline waits
	current atomic.Pointer[snapshot]

	// The following are guarded by client.mu.
	closed     bool
	get        *flight            // callers of Get that wait
	newer      map[uint64]*flight // callers of GetNewer that wait, by the generation they have
	refreshing *flight            // the Refresh that is in C
	refreshes  *flight            // callers of Refresh that came later: their request starts when it has ended
}

func newSource(ctx context.Context, c *client, handle *C.evercred_source, cancel context.CancelFunc) *source {
	var name C.evercred_go_text
	name.text = C.evercred_source_name(handle, &name.length)
	s := &source{
		client: c,
		handle: handle,
		cancel: cancel,
		done:   ctx.Done(),
		name:   copyText(name),
		// The address is readable for the life of the process, also after the source is freed.
		address: (*uint64)(unsafe.Pointer(C.evercred_source_generation_address(handle))),
		wait:    duration(C.evercred_source_total_timeout_ms(handle)),
	}
	s.count.Store(1)
	return s
}

// pointer is the handle. The caller is one of the users, or has client.mu while the source is not closed.
func (s *source) pointer() *C.evercred_source {
	beforeRead()
	return s.handle
}

// Each call has an error of its own, because callers may write into it.
func errSourceClosed() error { return newError(ErrClosed, "the source is closed") }

// opened is the source, if it is not the zero Source.
func (source *Source) opened() (*source, error) {
	if source.core == nil {
		return nil, newError(ErrInvalidArgument,
			"source: it is the zero Source; use Client.Database, Client.Managed or Client.Identity")
	}
	return source.core, nil
}

// Get returns the current credential. While it is fresh, Get compares two numbers in memory, and hands it out even if
// ctx is done. Otherwise Get waits for a refresh, at most until ctx is done; without a deadline at most the option
// TotalTimeout. Where the old value may be handed out in the end, Get waits at most Options.RefreshWait for a new one,
// and then returns the old one: [Credential.State] says so. Any number of goroutines may wait: they share one request
// and cost no thread.
//
// The error is the reason why the refresh failed, [ErrTimeout] at the deadline with the cloud's code of the last
// failure, the context's error if it was canceled, or [ErrClosed].
func (source *Source) Get(ctx context.Context) (Credential, error) {
	if s := source.core; s != nil {
		if current := s.current.Load(); current != nil && current.isCurrent() {
			return Credential{current}, nil
		}
	}
	return source.getSlowly(ctx)
}

// isCurrent says whether the library still publishes this generation: then Get would return the same again.
func (value *snapshot) isCurrent() bool {
	return atomic.LoadUint64(value.address) == value.generation
}

func (source *Source) getSlowly(ctx context.Context) (Credential, error) {
	defer runtime.KeepAlive(source)
	s, err := source.opened()
	if err != nil {
		return Credential{}, err
	}
	credential, flight, err := s.join()
	if flight == nil {
		return credential, err
	}
	return s.await(ctx, flight)
}

// Peek returns the credential that the source holds, whatever its state; the zero Credential if it holds none yet. It
// neither waits nor starts a request. The error is [ErrClosed].
func (source *Source) Peek() (Credential, error) {
	defer runtime.KeepAlive(source)
	s, err := source.opened()
	if err != nil {
		return Credential{}, err
	}
	if !s.enter() {
		return Credential{}, errSourceClosed()
	}
	defer s.exit()
	if s.isClosed() {
		return Credential{}, errSourceClosed()
	}
	return s.peek()
}

// GetNewer returns a credential with another value than that of than, for "it was reported, now the next one". While the
// source holds the same value, it waits for another one until ctx is done; without a deadline at most the option
// TotalTimeout. It starts the requests that are due, but a value that is good is asked for by its schedule only. For the
// zero Credential and for an older value it is Get.
//
// The error is [ErrTimeout] if there is still no other value, the context's error if it was canceled, the refusal of the
// cloud, [ErrClosed], or [ErrInvalidArgument] for another source's credential.
func (source *Source) GetNewer(ctx context.Context, than Credential) (Credential, error) {
	defer runtime.KeepAlive(source)
	s, err := source.opened()
	if err != nil {
		return Credential{}, err
	}
	if err := s.checkOwn(than); err != nil {
		return Credential{}, err
	}
	credential, flight, err := s.joinNewer(than.Generation())
	if flight == nil {
		return credential, err
	}
	return s.await(ctx, flight)
}

// Refresh asks the cloud now, even if the source holds a fresh value, and waits for the answer until ctx is done, at most
// the option TotalTimeout. The request is sent after this call began; calls that come while one is being answered share
// the next one. It costs a thread while it waits; at most 16 of a client do.
//
// The error is the reason why the refresh failed, [ErrTimeout], the context's error if it was canceled, [ErrClosed], or
// [ErrRateLimited] after too many calls in a short time (Options.ForcedRefreshBurst). After an error the source still
// holds its value.
func (source *Source) Refresh(ctx context.Context) (Credential, error) {
	defer runtime.KeepAlive(source)
	s, err := source.opened()
	if err != nil {
		return Credential{}, err
	}
	if ctx.Err() != nil {
		return Credential{}, s.left(ctx, nil)
	}
	flight, err := s.joinRefresh()
	if err != nil {
		return Credential{}, err
	}
	// It may wait for the one before, and for others of the client.
	timer := time.NewTimer(s.wait + refreshGrace)
	defer timer.Stop()
	select {
	case <-flight.landed:
		return flight.result()
	case <-ctx.Done():
	case <-timer.C:
	}
	return Credential{}, s.left(ctx, nil)
}

// ReportRejected reports that the service rejected this credential: a database answers "access denied", or a cloud does
// not know the access key any more. If it is still the current one, one request for another one starts, however many
// goroutines report it; otherwise the report has no effect. Call GetNewer next. [Retry] does all this. It does not block.
//
// The error is [ErrRateLimited] after too many reports in a short time (Options.ForcedRefreshBurst): then the credential
// counts as rejected, but another one is asked for only when a report is effective again. It is [ErrClosed], or
// [ErrInvalidArgument] for the zero Credential and for another source's.
func (source *Source) ReportRejected(credential Credential) error {
	defer runtime.KeepAlive(source)
	s, err := source.opened()
	if err != nil {
		return err
	}
	if credential.IsZero() {
		return newError(ErrInvalidArgument, "credential: it is the zero Credential")
	}
	if err := s.checkOwn(credential); err != nil {
		return err
	}
	if !s.enter() {
		return errSourceClosed()
	}
	defer s.exit()
	generation := C.uint64_t(credential.value.generation)
	return takeError(C.evercred_source_report_rejected_generation(s.pointer(), generation))
}

// checkOwn refuses another source's credential.
func (s *source) checkOwn(credential Credential) error {
	if credential.IsZero() || credential.value.address == s.address {
		return nil
	}
	return newError(ErrInvalidArgument, "credential: it belongs to %s, not to %s; give it to its own source",
		credential.value.source, s.name)
}

// IsRejectionCode reports whether a service's error code means that it rejects the credential: a driver's error number
// or SQL state, or an SDK's error code; case does not matter. Options.RejectedCodes lists these codes. It is false after
// Close.
func (source *Source) IsRejectionCode(code string) bool {
	defer runtime.KeepAlive(source)
	s := source.core
	if s == nil || code == "" || strings.IndexByte(code, 0) >= 0 || !s.enter() {
		return false
	}
	defer s.exit()
	text := C.CString(code)
	defer freeText(text)
	return bool(C.evercred_source_is_rejection_code(s.pointer(), text))
}

// Status returns the status of the source. It does not block. The error is [ErrClosed].
func (source *Source) Status() (Status, error) {
	defer runtime.KeepAlive(source)
	s, err := source.opened()
	if err != nil {
		return Status{}, err
	}
	if !s.enter() {
		return Status{}, errSourceClosed()
	}
	defer s.exit()
	if s.isClosed() {
		return Status{}, errSourceClosed()
	}
	var status *C.evercred_status
	if err := takeError(C.evercred_source_status(s.pointer(), &status)); err != nil {
		return Status{}, err
	}
	return takeStatus(status), nil
}

// Events returns the future events of this source, like [Client.Events]. The channel is closed when ctx is done or the
// client is closed. After the source is closed it has no more events.
func (source *Source) Events(ctx context.Context) (<-chan Event, error) {
	s, err := source.opened()
	if err != nil {
		return nil, err
	}
	if !s.enter() {
		return nil, errSourceClosed()
	}
	defer s.exit()
	if s.isClosed() {
		return nil, errSourceClosed()
	}
	if !s.client.enter() {
		return nil, errClientClosed()
	}
	defer s.client.exit()
	subscription, err := s.client.subscribe(s.pointer())
	if err != nil {
		return nil, err
	}
	return s.client.events(ctx, subscription, source), nil
}

// Name returns the name of the source in reports, events and logs. It holds no secret.
func (source *Source) Name() string {
	if source.core == nil {
		return ""
	}
	return source.core.name
}

// String returns the name of the source.
func (source *Source) String() string { return source.Name() }

// Close closes the source. Calls that wait return [ErrClosed] at once, and so does each later call; Name still works.
// Credentials stay readable. Another source of the same thing is not affected. It may be called several times and by
// several goroutines, and does not block. It returns nil.
func (source *Source) Close() error {
	defer runtime.KeepAlive(source)
	if source.core != nil {
		source.core.close()
	}
	return nil
}

func (s *source) close() {
	s.closing.Do(func() {
		s.client.mu.Lock()
		s.end()
		delete(s.client.sources, s)
		s.client.mu.Unlock()
		s.cancel()
		C.evercred_source_close(s.pointer())
		s.exit()
	})
}

func (s *source) isClosed() bool {
	s.client.mu.Lock()
	defer s.client.mu.Unlock()
	return s.closed
}

// exit is the end of a use of the handle. The last one frees it.
func (s *source) exit() {
	if s.leave() {
		C.evercred_source_free(s.handle)
	}
}

// peek returns what the library holds. The caller may use the handle.
func (s *source) peek() (Credential, error) {
	var credential *C.evercred_credential
	err := takeError(C.evercred_source_peek(s.pointer(), &credential))
	return s.take(credential), err
}

// take copies an owned credential and frees it. A value that is known already is returned as it is.
func (s *source) take(from *C.evercred_credential) Credential {
	if from == nil {
		return Credential{}
	}
	defer C.evercred_credential_free(from)
	generation := uint64(C.evercred_credential_generation(from))
	if current := s.current.Load(); current != nil && current.generation == generation {
		return Credential{current}
	}
	return Credential{newSnapshot(from, s.address, s.name)}
}
