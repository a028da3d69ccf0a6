//go:build cgo

package evercred

// #include "shim.h"
import "C"

import (
	"os"
	"sync"
	"syscall"
	"time"
)

// subscription is one of C, and its descriptor in Go's poller: waiting for an event costs no thread. One goroutine at a
// time uses it.
type subscription struct {
	handle     *C.evercred_subscription
	descriptor *os.File        // a duplicate; nil if the process has no descriptor left
	raw        syscall.RawConn // of descriptor
	free       sync.Once
}

// pollEvery is how often events are looked for if the process has no descriptor left.
const pollEvery = 20 * time.Millisecond

// subscribe opens a subscription to the events of source, or of the whole client if source is nil. The caller holds a
// user count of both.
func (c *client) subscribe(of *C.evercred_source) (*subscription, error) {
	var handle *C.evercred_subscription
	if err := takeError(C.evercred_subscription_open(c.pointer(), of, &handle)); err != nil {
		return nil, err
	}
	s := &subscription{handle: handle}
	if descriptor := C.evercred_subscription_descriptor(handle); descriptor >= 0 {
		s.poll(int(descriptor))
	}
	return s, nil
}

// poll puts a duplicate of the descriptor into Go's poller. The duplicate is ours to close.
func (s *subscription) poll(descriptor int) {
	duplicate, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(descriptor), syscall.F_DUPFD_CLOEXEC, 0)
	if errno != 0 {
		return
	}
	file := os.NewFile(duplicate, "evercred events")
	raw, err := file.SyscallConn()
	if err == nil {
		// Fails if the poller does not take the descriptor.
		err = file.SetReadDeadline(time.Time{})
	}
	if err != nil {
		_ = file.Close()
		return
	}
	s.descriptor, s.raw = file, raw
}

// wait calls take until it returns true: at once, and after each new event. It returns early after interrupt.
func (s *subscription) wait(take func() bool, done <-chan struct{}) {
	if s.raw != nil {
		_ = s.raw.Read(func(uintptr) bool { return take() })
		return
	}
	for !take() {
		select {
		case <-done:
			return
		case <-time.After(pollEvery):
		}
	}
}

// interrupt ends a call of wait that has a descriptor, from any goroutine.
func (s *subscription) interrupt() {
	if s.descriptor != nil {
		_ = s.descriptor.SetReadDeadline(time.Unix(1, 0))
	}
}

// next takes an event that waits: nil if there is none. The error is ErrClosed after the last one.
func (s *subscription) next() (*C.evercred_event, error) {
	beforeRead()
	var event *C.evercred_event
	err := takeError(C.evercred_subscription_next(s.handle, 0, &event))
	return event, err
}

func (s *subscription) close() {
	s.free.Do(func() {
		if s.descriptor != nil {
			_ = s.descriptor.Close()
		}
		C.evercred_subscription_free(s.handle)
	})
}
