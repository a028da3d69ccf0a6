package evercredmongo_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/evercredmongo"
	"github.com/evercred/evercred/bindings/go/internal/adaptertest"
	"github.com/evercred/evercred/bindings/go/internal/emulatortest"
)

const user = "app_user"

// server is no MongoDB, which cannot be had here: it answers hello, a login with the mechanism PLAIN, and every other
// command with "ok", and knows one password. What it shows is that the real driver logs in with the credential, that its
// error for a refused login is understood, and that old clients are disconnected.
type server struct {
	net.Listener
	mutex    sync.Mutex
	password string
	refused  int
	// The connections that logged in with each password and are open.
	open map[string]int
}

func newServer(t *testing.T) *server {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Listener: listener, open: map[string]int{}}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(connection)
		}
	}()
	return s
}

func (s *server) accept(password string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.password = password
}

func (s *server) connections(password string) int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.open[password]
}

const (
	opReply, opQuery, opMsg = 1, 2004, 2013
	headerSize              = 16
)

func (s *server) serve(connection net.Conn) {
	var as string
	defer func() {
		connection.Close()
		if as != "" {
			s.mutex.Lock()
			defer s.mutex.Unlock()
			s.open[as]--
		}
	}()
	for {
		header := make([]byte, headerSize)
		if _, err := io.ReadFull(connection, header); err != nil {
			return
		}
		body := make([]byte, int(binary.LittleEndian.Uint32(header))-headerSize)
		if _, err := io.ReadFull(connection, body); err != nil {
			return
		}
		code := binary.LittleEndian.Uint32(header[12:])
		var command bson.Raw
		switch code {
		case opQuery:
			// Flags, the name of a collection, two numbers, the command.
			end := 4 + strings.IndexByte(string(body[4:]), 0) + 1 + 8
			command = bson.Raw(body[end:])
		case opMsg:
			command = bson.Raw(body[5:])
		default:
			return
		}
		elements, err := command.Elements()
		if err != nil || len(elements) == 0 {
			return
		}
		var answer bson.D
		switch elements[0].Key() {
		case "hello", "isMaster", "ismaster":
			answer = bson.D{
				{Key: "ok", Value: 1}, {Key: "ismaster", Value: true}, {Key: "isWritablePrimary", Value: true}, {Key: "helloOk", Value: true},
				{Key: "maxBsonObjectSize", Value: 16 << 20}, {Key: "maxMessageSizeBytes", Value: 48_000_000}, {Key: "maxWriteBatchSize", Value: 100_000},
				{Key: "minWireVersion", Value: 0}, {Key: "maxWireVersion", Value: 21}, {Key: "localTime", Value: time.Now()},
			}
		case "saslStart":
			_, payload, _ := command.Lookup("payload").BinaryOK()
			// "\0user\0password"
			parts := strings.Split(string(payload), "\x00")
			s.mutex.Lock()
			if len(parts) == 3 && parts[1] == user && parts[2] == s.password {
				as = parts[2]
				s.open[as]++
				answer = bson.D{{Key: "ok", Value: 1}, {Key: "conversationId", Value: 1}, {Key: "done", Value: true}, {Key: "payload", Value: []byte{}}}
			} else {
				s.refused++
				answer = bson.D{{Key: "ok", Value: 0}, {Key: "code", Value: 18}, {Key: "codeName", Value: "AuthenticationFailed"}, {Key: "errmsg", Value: "Authentication failed."}}
			}
			s.mutex.Unlock()
		default:
			answer = bson.D{{Key: "ok", Value: 1}}
		}
		document, err := bson.Marshal(answer)
		if err != nil {
			return
		}
		var packet []byte
		if code == opQuery {
			packet = append(make([]byte, headerSize+20), document...)
			binary.LittleEndian.PutUint32(packet[headerSize+16:], 1)
			binary.LittleEndian.PutUint32(packet[12:], opReply)
		} else {
			packet = append(make([]byte, headerSize+5), document...)
			binary.LittleEndian.PutUint32(packet[12:], opMsg)
		}
		binary.LittleEndian.PutUint32(packet, uint32(len(packet)))
		copy(packet[8:12], header[4:8])
		if _, err := connection.Write(packet); err != nil {
			return
		}
	}
}

func start(t *testing.T) (*adaptertest.Tencent, *evercred.Source, *server, *evercredmongo.Client) {
	t.Helper()
	cloud := adaptertest.StartTencent(t, evercred.Options{}, "--account", adaptertest.TencentRegion+"/"+adaptertest.Instance+"/"+user)
	database := newServer(t)
	database.accept(cloud.Password(adaptertest.TencentRegion, adaptertest.Instance, user))
	source := cloud.Database(user)
	client := evercredmongo.New(source, options.Client().
		ApplyURI("mongodb://"+database.Addr().String()+"/?directConnection=true").
		SetAuth(options.Credential{AuthMechanism: "PLAIN", AuthSource: "$external"}))
	t.Cleanup(func() { client.Disconnect(context.Background()) })
	return cloud, source, database, client
}

func ping(ctx context.Context, client *evercredmongo.Client) error {
	_, err := evercredmongo.Call(ctx, client, func(ctx context.Context, client *mongo.Client) (struct{}, error) {
		return struct{}{}, client.Database("admin").RunCommand(ctx, bson.D{{Key: "ping", Value: 1}}).Err()
	})
	return err
}

// A new connection is needed, because the server asks for the password only at its start.
func TestLoginAfterARotation(t *testing.T) {
	cloud, source, database, client := start(t)
	ctx := adaptertest.Context(t)
	if err := ping(ctx, client); err != nil {
		t.Fatal(err)
	}
	// An open connection goes on with the old password.
	database.accept(cloud.Rotate(adaptertest.TencentRegion, adaptertest.Instance, user))
	if err := ping(ctx, client); err != nil {
		t.Fatal(err)
	}
	if got := cloud.Rejections(source); got != 0 {
		t.Errorf("%d passwords were reported", got)
	}

	// Many calls at a time need more connections, whose logins are refused. A call that is under way on the old client
	// ends well too: where it has no connection left, it is repeated on the new one.
	holding, release := make(chan struct{}), make(chan struct{})
	ended := make(chan error)
	var once sync.Once
	go func() {
		_, err := evercredmongo.Call(ctx, client, func(ctx context.Context, client *mongo.Client) (struct{}, error) {
			session, err := client.StartSession()
			if err != nil {
				return struct{}{}, err
			}
			defer session.EndSession(ctx)
			once.Do(func() { close(holding) })
			<-release
			return struct{}{}, client.Ping(ctx, nil)
		})
		ended <- err
	}()
	<-holding
	var group sync.WaitGroup
	for caller := 0; caller < 16; caller++ {
		group.Add(1)
		go func() {
			defer group.Done()
			if err := ping(ctx, client); err != nil {
				t.Error(err)
			}
		}()
	}
	group.Wait()
	close(release)
	if err := <-ended; err != nil {
		t.Errorf("the call on the old client: %v", err)
	}
	if got := cloud.Rejections(source); got > 1 {
		t.Errorf("%d passwords were reported after one rotation", got)
	}
}

func TestTheOldClientIsDisconnected(t *testing.T) {
	cloud, source, database, client := start(t)
	ctx := adaptertest.Context(t)
	old := cloud.Password(adaptertest.TencentRegion, adaptertest.Instance, user)
	if err := ping(ctx, client); err != nil {
		t.Fatal(err)
	}
	// The poll, here a call of Refresh, has found the new password.
	password := cloud.Rotate(adaptertest.TencentRegion, adaptertest.Instance, user)
	database.accept(password)
	if _, err := source.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	if err := ping(ctx, client); err != nil {
		t.Fatal(err)
	}
	emulatortest.Eventually(t, "the old connections to end", func() bool { return database.connections(old) == 0 })
	if database.connections(password) == 0 {
		t.Error("there is no connection with the new password")
	}

	if err := client.Disconnect(ctx); err != nil {
		t.Fatal(err)
	}
	emulatortest.Eventually(t, "all connections to end", func() bool { return database.connections(password) == 0 })
	if err := ping(ctx, client); !errors.Is(err, evercredmongo.ErrDisconnected) {
		t.Errorf("a disconnected client gives %v", err)
	}
}

func TestARefusedLoginIsReportedAndRepeated(t *testing.T) {
	cloud, source, database, client := start(t)
	ctx := adaptertest.Context(t)
	if _, err := source.Get(ctx); err != nil {
		t.Fatal(err)
	}
	database.accept(cloud.Rotate(adaptertest.TencentRegion, adaptertest.Instance, user))
	if err := ping(ctx, client); err != nil {
		t.Fatal(err)
	}
	if got := cloud.Rejections(source); got != 1 {
		t.Errorf("%d passwords were reported", got)
	}

	// A password that stays wrong: the driver's error, within the time of the caller.
	client.Disconnect(ctx)
	database.accept("something else")
	other := evercredmongo.New(source, options.Client().
		ApplyURI("mongodb://"+database.Addr().String()+"/?directConnection=true").
		SetAuth(options.Credential{AuthMechanism: "PLAIN", AuthSource: "$external"}))
	defer other.Disconnect(ctx)
	short, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	err := ping(short, other)
	if evercredmongo.Code(err) != "18" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a password that stays wrong gives %q: %v", evercredmongo.Code(err), err)
	}
	emulatortest.NoSecret(t, err.Error(), cloud.Password(adaptertest.TencentRegion, adaptertest.Instance, user))
	source.Close()
	if err := ping(ctx, other); !errors.Is(err, evercred.ErrClosed) {
		t.Errorf("a closed source gives %v", err)
	}
}
