//go:build cgo

package evercred

// #include "shim.h"
import "C"

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// Cloud names a cloud for [Client.Identity].
type Cloud string

// The clouds.
const (
	Tencent Cloud = "tencent" // Tencent Cloud
	Aliyun  Cloud = "aliyun"  // Alibaba Cloud
)

// ReportFormat is the format of [Client.Report].
type ReportFormat int

// The formats of a report.
const (
	ReportJSON       ReportFormat = C.EVERCRED_REPORT_JSON       // one JSON object
	ReportPrometheus ReportFormat = C.EVERCRED_REPORT_PROMETHEUS // the Prometheus text format
)

// Client is a configuration, the sources that are opened with it, and at most one background thread for all of them. A
// program needs one, or one for each configuration. Its methods may be called by any goroutine.
//
// A client is closed by Close. One that is forgotten is closed after the collector finds it. The zero Client is none: all
// that it returns is [ErrInvalidArgument].
type Client struct{ core *client }

// client is what goroutines of this package hold, so that they do not keep the Client of the program reachable.
type client struct {
	handle *C.evercred_client
	users
	closing sync.Once
	cancel  context.CancelFunc // called when Close begins
	done    <-chan struct{}    // closed then
	hasHook atomic.Bool        // a function of the program supplies a login identity
	// Refreshes that may wait in C at a time. The library makes no more fetches at a time by default.
	refreshes chan struct{}

	// mu is held for the slow path of all sources: while an event is taken, a source is asked, and a flight lands. At
	// most one thread is in C for this, however many goroutines wait. No call under it blocks.
	mu      sync.Mutex
	closed  bool
	sources map[*source]struct{}            // the open ones
	flying  map[string]map[*source]struct{} // those with a flight, by name
	inbox   *subscription                   // the events that end flights; nil before the first flight
}

// maxRefreshes is the default of the option max_concurrent_fetches.
const maxRefreshes = 16

// New creates a client. It sends no request and starts no thread, except for the option SecretNames. It blocks while it
// reads the files that options name.
//
// The error names the option, the file and the line that cannot be used: [ErrInvalidOption], [ErrUnknownOption] or
// [ErrFile]. [ErrUnsupported] means that the linked library does not belong to this module.
func New(options Options) (*Client, error) {
	if err := checkLinkedABI(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	config, err := configure(ctx, []Options{options})
	if err != nil {
		cancel()
		return nil, err
	}
	defer C.evercred_config_free(config)
	c := &client{
		cancel:    cancel,
		done:      ctx.Done(),
		refreshes: make(chan struct{}, maxRefreshes),
		sources:   make(map[*source]struct{}),
		flying:    make(map[string]map[*source]struct{}),
	}
	c.count.Store(1)
	c.hasHook.Store(options.Identity != nil)
	if err := takeError(C.evercred_client_new(config, &c.handle)); err != nil {
		cancel()
		return nil, err
	}
	client := &Client{core: c}
	whenUnreachable(client, c.close)
	return client, nil
}

// pointer is the handle. The caller is one of the users.
func (c *client) pointer() *C.evercred_client {
	beforeRead()
	return c.handle
}

func errClientClosed() error { return newError(ErrClosed, "the client is closed") }

// opened is the client, if it is not the zero Client.
func (client *Client) opened() (*client, error) {
	if client.core == nil {
		return nil, newError(ErrInvalidArgument, "client: it is the zero Client; use New")
	}
	return client.core, nil
}

// Database opens the password of a Tencent Cloud database account with CAM authentication: region (such as
// "ap-guangzhou"), instance id (such as "cdb-example1") and user name. The first [Source.Get] makes the first fetch,
// unless Options.Prefetch is on. overrides are options of this source, which override the client's.
//
// It blocks while it reads the files that options name. The error names the argument or option: [ErrInvalidArgument],
// [ErrInvalidOption] (also for an option that only a client can have), [ErrFile] or [ErrClosed].
func (client *Client) Database(region, instance, user string, overrides ...Options) (*Source, error) {
	texts, err := newTexts("region", region, "instance", instance, "user", user)
	if err != nil {
		return nil, err
	}
	defer freeTexts(texts)
	return client.open(overrides, func(c *C.evercred_client, config *C.evercred_config, out **C.evercred_source) *C.evercred_error {
		return C.evercred_source_open_database_with(c, config, texts[0], texts[1], texts[2], out)
	})
}

// Managed opens a managed secret of Alibaba Cloud's KMS Secrets Manager. [Credential.Kind] says what its credentials
// hold. Otherwise it is like Database.
func (client *Client) Managed(secretName string, overrides ...Options) (*Source, error) {
	texts, err := newTexts("secretName", secretName)
	if err != nil {
		return nil, err
	}
	defer freeTexts(texts)
	return client.open(overrides, func(c *C.evercred_client, config *C.evercred_config, out **C.evercred_source) *C.evercred_error {
		return C.evercred_source_open_managed_with(c, config, texts[0], out)
	})
}

// Identity opens the login identity of a cloud itself: an access key, with a security token and an end if it is
// temporary, with which any SDK can sign. Sources of the client that sign with the same identity share it. Otherwise it is
// like Database.
func (client *Client) Identity(cloud Cloud, overrides ...Options) (*Source, error) {
	texts, err := newTexts("cloud", string(cloud))
	if err != nil {
		return nil, err
	}
	defer freeTexts(texts)
	return client.open(overrides, func(c *C.evercred_client, config *C.evercred_config, out **C.evercred_source) *C.evercred_error {
		return C.evercred_source_open_identity_with(c, config, texts[0], out)
	})
}

// opener is one of the functions of C that open a source.
type opener = func(*C.evercred_client, *C.evercred_config, **C.evercred_source) *C.evercred_error

func (client *Client) open(overrides []Options, open opener) (*Source, error) {
	defer runtime.KeepAlive(client)
	c, err := client.opened()
	if err != nil {
		return nil, err
	}
	if !c.enter() {
		return nil, errClientClosed()
	}
	defer c.exit()
	ctx, cancel := context.WithCancel(context.Background())
	var config *C.evercred_config
	if len(overrides) > 0 {
		var err error
		if config, err = configure(ctx, overrides); err != nil {
			cancel()
			return nil, err
		}
		defer C.evercred_config_free(config)
		for _, options := range overrides {
			if options.Identity != nil {
				c.hasHook.Store(true)
			}
		}
	}
	var handle *C.evercred_source
	if err := takeError(open(c.pointer(), config, &handle)); err != nil {
		cancel()
		return nil, err
	}
	s := newSource(ctx, c, handle, cancel)
	if !c.add(s) {
		s.close()
		return nil, errClientClosed()
	}
	source := &Source{core: s, client: client}
	whenUnreachable(source, s.close)
	return source, nil
}

// add registers an open source, which Close closes. It returns false if the client is closed.
func (c *client) add(s *source) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.sources[s] = struct{}{}
	return true
}

// Events returns the future events of all sources of the client, including login identities, and of its CA files, in
// their order. The channel is closed when ctx is done or the client is closed; the client stays open at least as long as
// ctx. At most 256 events wait to be received; after that the oldest ones are dropped, and the next event says how many.
// Waiting costs a goroutine and three file descriptors, and no thread.
//
// The error is [ErrClosed] or [ErrResources].
func (client *Client) Events(ctx context.Context) (<-chan Event, error) {
	c, err := client.opened()
	if err != nil {
		return nil, err
	}
	if !c.enter() {
		return nil, errClientClosed()
	}
	defer c.exit()
	s, err := c.subscribe(nil)
	if err != nil {
		return nil, err
	}
	return c.events(ctx, s, client), nil
}

// Report describes every open source, including login identities: state, expiry, next refresh, failures and last error.
// It holds no secret. It does not block. The error is [ErrClosed], or [ErrInvalidArgument] for an unknown format.
func (client *Client) Report(format ReportFormat) (string, error) {
	defer runtime.KeepAlive(client)
	c, err := client.opened()
	if err != nil {
		return "", err
	}
	if !c.enter() {
		return "", errClientClosed()
	}
	defer c.exit()
	if c.isClosed() {
		return "", errClientClosed()
	}
	var report *C.evercred_report
	if err := takeError(C.evercred_client_report(c.pointer(), C.int32_t(format), &report)); err != nil {
		return "", err
	}
	defer C.evercred_report_free(report)
	var text C.evercred_go_text
	text.text = C.evercred_report_text(report, &text.length)
	return copyText(text), nil
}

// Close stops all work and closes all sources of the client. Calls that wait return [ErrClosed] at once, and so does each
// later call. Credentials stay readable. It may be called several times and by several goroutines. It blocks for at most
// a second, and with Options.CacheFile for at most two more, until the fetched values are in that file. It returns nil.
func (client *Client) Close() error {
	defer runtime.KeepAlive(client)
	if client.core != nil {
		client.core.close()
	}
	return nil
}

func (c *client) close() {
	c.closing.Do(func() {
		c.mu.Lock()
		c.closed = true
		sources := c.sources
		c.sources = nil
		for s := range sources {
			s.end()
		}
		c.mu.Unlock()
		c.cancel()
		C.evercred_client_close(c.pointer())
		for s := range sources {
			s.close()
		}
		c.exit()
	})
}

func (c *client) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// exit is the end of a use of the handle. The last one frees it.
func (c *client) exit() {
	if !c.leave() {
		return
	}
	if c.hasHook.Load() {
		// Freeing waits for a call of the program's function, which may take its time or be this very goroutine's caller.
		go C.evercred_client_free(c.handle)
		return
	}
	C.evercred_client_free(c.handle)
}

// newTexts makes C texts of named arguments.
func newTexts(namesAndValues ...string) ([]*C.char, error) {
	var texts []*C.char
	for i := 0; i < len(namesAndValues); i += 2 {
		text, err := newText(namesAndValues[i], namesAndValues[i+1])
		if err != nil {
			freeTexts(texts)
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

func freeTexts(texts []*C.char) {
	for _, text := range texts {
		freeText(text)
	}
}
