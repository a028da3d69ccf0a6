// Package evercredmongo logs in to MongoDB with the credentials of an evercred source.
//
// The driver keeps one password for the life of a client, so this package keeps one client for each credential: calls
// run on the newest, and an old client is disconnected when its last call has ended. Where the server refuses the login
// (code 18, after an early rotation), the credential is reported, the next one is awaited within the context, and the
// call is repeated once.
//
//	orders := evercredmongo.New(source, options.Client().ApplyURI("mongodb://10.0.0.7:27017"))
//	defer orders.Disconnect(context.Background())
//	count, err := evercredmongo.Call(ctx, orders, func(ctx context.Context, client *mongo.Client) (int64, error) {
//		return client.Database("shop").Collection("orders").CountDocuments(ctx, bson.D{})
//	})
package evercredmongo

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver"

	evercred "github.com/evercred/evercred/bindings/go"
)

// Client holds the driver's client for the newest credential. Its methods may be called by several goroutines.
type Client struct {
	source  *evercred.Source
	options []*options.ClientOptions
	auth    options.Credential

	mutex   sync.Mutex
	current *lease // nil before the first call and after Disconnect
	closed  bool
}

// lease is a client of the driver with the calls that run on it.
type lease struct {
	client     *mongo.Client
	login      options.Credential
	generation uint64
	users      int
	retired    bool
}

// ErrDisconnected is the error of a call after [Client.Disconnect].
var ErrDisconnected = errors.New("evercredmongo: the client is disconnected")

// New returns a client. It does not connect yet. The options are the driver's own, apart from the user name and the
// password of Auth; AuthSource and AuthMechanism are kept.
func New(source *evercred.Source, opts ...*options.ClientOptions) *Client {
	client := &Client{source: source, options: opts}
	if auth := options.MergeClientOptions(opts...).Auth; auth != nil {
		client.auth = *auth
	}
	return client
}

// Call runs call on the driver's client for the newest credential, once more after a refused login.
//
// A cursor or session is tied to the client that it came from: use it up within call. call must not disconnect.
func Call[T any](ctx context.Context, c *Client, call func(context.Context, *mongo.Client) (T, error)) (T, error) {
	return evercred.Retry(ctx, c.source, Code, func(ctx context.Context, credential evercred.Credential) (T, error) {
		held, err := c.acquire(credential)
		if err != nil {
			var none T
			return none, err
		}
		defer c.release(held)
		return call(ctx, held.client)
	})
}

// acquire returns the client of this credential, or of a newer one, and counts a call.
func (c *Client) acquire(credential evercred.Credential) (*lease, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.closed {
		return nil, ErrDisconnected
	}
	auth := c.auth
	if user := credential.Username(); user != "" {
		auth.Username = user
	}
	auth.Password, auth.PasswordSet = credential.Password(), true
	switch {
	case c.current != nil && c.current.generation >= credential.Generation():
		// Another call has seen a newer one.
	case c.current != nil && c.current.login.Username == auth.Username && c.current.login.Password == auth.Password:
		// A new generation of the same password, with another end or state.
		c.current.generation = credential.Generation()
	default:
		// The driver connects in the background: this does not wait.
		client, err := mongo.Connect(append(c.options[:len(c.options):len(c.options)], options.Client().SetAuth(auth))...)
		if err != nil {
			return nil, err
		}
		c.retire()
		c.current = &lease{client: client, login: auth, generation: credential.Generation()}
	}
	c.current.users++
	return c.current, nil
}

func (c *Client) release(held *lease) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	held.users--
	if held.users == 0 && held.retired {
		go held.client.Disconnect(context.Background())
	}
}

// retire lets the current client go when it has no calls any more. The caller has locked.
func (c *Client) retire() {
	if c.current == nil {
		return
	}
	c.current.retired = true
	if c.current.users == 0 {
		go c.current.client.Disconnect(context.Background())
	}
	c.current = nil
}

// Disconnect ends the client: further calls return [ErrDisconnected], those that run go on to their end. It does not
// close the source, and does not wait.
func (c *Client) Disconnect(context.Context) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.closed = true
	c.retire()
	return nil
}

// Code returns the number of a server's error as text, such as "18" for a refused login, or "" for other errors.
func Code(err error) string {
	// A call that waited for a connection while another one's login was refused: nothing was sent. The driver tells the
	// cause of this error only in its text.
	var cleared driver.RetryablePoolError
	if errors.As(err, &cleared) && strings.Contains(err.Error(), "(AuthenticationFailed)") {
		return "18"
	}
	var command mongo.CommandError
	if errors.As(err, &command) {
		return strconv.Itoa(int(command.Code))
	}
	// An error of the login may come as the driver's inner kind.
	var inner driver.Error
	if errors.As(err, &inner) {
		return strconv.Itoa(int(inner.Code))
	}
	return ""
}
