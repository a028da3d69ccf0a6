package evercredmssql_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/evercredmssql"
	"github.com/evercred/evercred/bindings/go/internal/adaptertest"
)

const user = "app_user"

// server is no SQL Server, which cannot be had here: it speaks as much of TDS as a login and a statement without a
// result need, and knows one password. What it shows is that the real driver logs in with the credential, and that the
// connector understands the driver's error for a refused login.
type server struct {
	net.Listener
	mutex    sync.Mutex
	password string
	logins   int
	refused  int
}

func newServer(t *testing.T) *server {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Listener: listener}
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

func (s *server) config(t *testing.T) msdsn.Config {
	t.Helper()
	config, err := msdsn.Parse(fmt.Sprintf("sqlserver://%s?encrypt=disable&database=orders", s.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	return config
}

const (
	preLogin, login, reply = 0x12, 0x10, 0x04
	headerSize             = 8
)

func (s *server) serve(connection net.Conn) {
	defer connection.Close()
	for {
		header := make([]byte, headerSize)
		if _, err := io.ReadFull(connection, header); err != nil {
			return
		}
		body := make([]byte, int(binary.BigEndian.Uint16(header[2:]))-headerSize)
		if _, err := io.ReadFull(connection, body); err != nil {
			return
		}
		var answer []byte
		switch header[0] {
		case preLogin:
			// A version of six bytes, and "encryption is not supported".
			answer = []byte{0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 15, 0, 0, 0, 0, 0, 2}
		case login:
			name, password := field(body, 40, false), field(body, 44, true)
			s.mutex.Lock()
			s.logins++
			right := name == user && password == s.password
			if !right {
				s.refused++
			}
			s.mutex.Unlock()
			if right {
				answer = append(token(0xad, append([]byte{1, 0x74, 0, 0, 4}, 0, 15, 0, 0, 0)), done(0)...)
			} else {
				message := []byte{0x18, 0x48, 0, 0, 1, 14}
				binary.LittleEndian.PutUint32(message, 18456)
				text := utf16.Encode([]rune("Login failed for user."))
				message = binary.LittleEndian.AppendUint16(message, uint16(len(text)))
				for _, unit := range text {
					message = binary.LittleEndian.AppendUint16(message, unit)
				}
				// No names of the server and the procedure, line 1.
				answer = append(token(0xaa, append(message, 0, 0, 1, 0, 0, 0)), done(2)...)
			}
		default:
			answer = done(0)
		}
		packet := append([]byte{reply, 1, 0, 0, 0, 0, 1, 0}, answer...)
		binary.BigEndian.PutUint16(packet[2:], uint16(len(packet)))
		if _, err := connection.Write(packet); err != nil {
			return
		}
	}
}

func token(kind byte, body []byte) []byte {
	return append(binary.LittleEndian.AppendUint16([]byte{kind}, uint16(len(body))), body...)
}

func done(status byte) []byte {
	return []byte{0xfd, status, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
}

// field is a text of a login, whose offset and length are at a place; passwords are disguised.
func field(body []byte, place int, disguised bool) string {
	start := int(binary.LittleEndian.Uint16(body[place:]))
	units := make([]uint16, binary.LittleEndian.Uint16(body[place+2:]))
	for index := range units {
		low, high := body[start+2*index], body[start+2*index+1]
		if disguised {
			low, high = low^0xa5, high^0xa5
			low, high = low>>4|low<<4, high>>4|high<<4
		}
		units[index] = uint16(low) | uint16(high)<<8
	}
	return string(utf16.Decode(units))
}

func start(t *testing.T) (*adaptertest.Tencent, *evercred.Source, *server) {
	t.Helper()
	cloud := adaptertest.StartTencent(t, evercred.Options{}, "--account", adaptertest.TencentRegion+"/"+adaptertest.Instance+"/"+user)
	database := newServer(t)
	database.accept(cloud.Password(adaptertest.TencentRegion, adaptertest.Instance, user))
	return cloud, cloud.Database(user), database
}

func TestLoginAfterARotation(t *testing.T) {
	cloud, source, database := start(t)
	configured := 0
	db, err := evercredmssql.OpenDB(database.config(t), source, func(connector *mssql.Connector) { configured++ })
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxIdleConns(0)
	ctx := adaptertest.Context(t)
	if err := db.PingContext(ctx); err != nil {
		t.Fatal(err)
	}
	for rotation := uint64(1); rotation <= 3; rotation++ {
		database.accept(cloud.Rotate(adaptertest.TencentRegion, adaptertest.Instance, user))
		if err := db.PingContext(ctx); err != nil {
			t.Fatalf("after rotation %d: %v", rotation, err)
		}
		if got := cloud.Rejections(source); got != rotation {
			t.Errorf("%d passwords were reported after %d rotations", got, rotation)
		}
	}
	database.mutex.Lock()
	defer database.mutex.Unlock()
	if database.refused != 3 || database.logins != 7 || configured != 7 {
		t.Errorf("%d logins, %d of them refused, %d configured", database.logins, database.refused, configured)
	}
}

func TestErrorsAreTheDriversAndTheSources(t *testing.T) {
	_, source, database := start(t)
	db, err := evercredmssql.OpenDB(database.config(t), source)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	database.accept("something else")
	ctx, cancel := context.WithTimeout(adaptertest.Context(t), 3*time.Second)
	defer cancel()
	var refused mssql.Error
	if err := db.PingContext(ctx); !errors.As(err, &refused) || refused.Number != 18456 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a password that stays wrong gives %v", err)
	}
	source.Close()
	if err := db.PingContext(adaptertest.Context(t)); !errors.Is(err, evercred.ErrClosed) {
		t.Errorf("a closed source gives %v", err)
	}
	if _, err := evercredmssql.NewConnector(msdsn.Config{}, source); err == nil {
		t.Error("an empty configuration is accepted")
	}
}
