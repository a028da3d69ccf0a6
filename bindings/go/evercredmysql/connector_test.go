package evercredmysql_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/evercredmysql"
	"github.com/evercred/evercred/bindings/go/internal/adaptertest"
	"github.com/evercred/evercred/bindings/go/internal/databasetest"
)

const user = "app_user"

// start starts MariaDB and a cloud that rotates its account.
func start(t testing.TB, options evercred.Options) (*adaptertest.Tencent, *mysql.Config) {
	t.Helper()
	database := databasetest.MariaDB(t)
	cloud := adaptertest.StartTencent(t, options,
		"--mysql", "mysql://root@localhost?socket="+database.Socket,
		"--account", adaptertest.TencentRegion+"/"+adaptertest.Instance+"/"+user)
	config := mysql.NewConfig()
	config.Net, config.Addr = "tcp", database.Address()
	return cloud, config
}

func open(t testing.TB, config *mysql.Config, source *evercred.Source) *sql.DB {
	t.Helper()
	db, err := evercredmysql.OpenDB(config, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func ask(ctx context.Context, db *sql.DB) error {
	var who string
	if err := db.QueryRowContext(ctx, "SELECT CURRENT_USER()").Scan(&who); err != nil {
		return err
	}
	if who != user+"@%" {
		return fmt.Errorf("logged in as %q", who)
	}
	return nil
}

func TestLoginAfterARotation(t *testing.T) {
	t.Parallel()
	cloud, config := start(t, evercred.Options{})
	source := cloud.Database(user)
	// The driver's own options stay: the hook runs for each login, with the credential in place.
	var hooked atomic.Int64
	if err := config.Apply(mysql.BeforeConnect(func(_ context.Context, own *mysql.Config) error {
		if own.User == user && own.Passwd != "" {
			hooked.Add(1)
		}
		return nil
	})); err != nil {
		t.Fatal(err)
	}
	db := open(t, config, source)
	db.SetMaxIdleConns(0)
	ctx := adaptertest.Context(t)
	if err := ask(ctx, db); err != nil {
		t.Fatal(err)
	}

	for rotation := 1; rotation <= 3; rotation++ {
		cloud.Rotate(adaptertest.TencentRegion, adaptertest.Instance, user)
		if err := ask(ctx, db); err != nil {
			t.Fatalf("after rotation %d: %v", rotation, err)
		}
		if got := cloud.Rejections(source); got != uint64(rotation) {
			t.Fatalf("%d refused passwords were reported after %d rotations", got, rotation)
		}
	}
	if got := hooked.Load(); got != 1+3*2 {
		t.Errorf("the driver's hook ran %d times for 4 connections, of which 3 logged in twice", got)
	}
}

// An open connection needs no password, and so no cloud.
func TestAnOpenConnectionGoesOn(t *testing.T) {
	t.Parallel()
	cloud, config := start(t, evercred.Options{})
	db := open(t, config, cloud.Database(user))
	db.SetMaxOpenConns(1)
	ctx := adaptertest.Context(t)
	if err := ask(ctx, db); err != nil {
		t.Fatal(err)
	}
	cloud.Rotate(adaptertest.TencentRegion, adaptertest.Instance, user)
	asked := cloud.Requests("BuildDataFlowAuthToken")
	if err := ask(ctx, db); err != nil {
		t.Fatal(err)
	}
	if now := cloud.Requests("BuildDataFlowAuthToken"); now != asked {
		t.Errorf("an open connection asked the cloud %d times", now-asked)
	}
}

// The key that asks for passwords is revoked: logins go on with the password that is there.
func TestTheKeyThatAsksIsRevoked(t *testing.T) {
	t.Parallel()
	cloud, config := start(t, evercred.Options{})
	source := cloud.Database(user)
	db := open(t, config, source)
	db.SetMaxIdleConns(0)
	ctx := adaptertest.Context(t)
	if err := ask(ctx, db); err != nil {
		t.Fatal(err)
	}
	cloud.Control("remove-key", map[string]any{"secret_id": adaptertest.SecretID})
	var reason *evercred.Error
	if _, err := source.Refresh(ctx); !errors.As(err, &reason) || reason.ProviderCode != "AuthFailure.SecretIdNotFound" {
		t.Errorf("asking with a revoked key gives %v", err)
	}
	if err := ask(ctx, db); err != nil {
		t.Errorf("a login while the key is revoked: %v", err)
	}
}

func TestErrorsAreTheDriversAndTheSources(t *testing.T) {
	t.Parallel()
	cloud, config := start(t, evercred.Options{})
	source := cloud.Database(user)
	ctx := adaptertest.Context(t)

	// The database refuses something else than the password: the driver's error, and nothing is reported.
	config.DBName = "not_there"
	var refused *mysql.MySQLError
	if err := ask(ctx, open(t, config, source)); !errors.As(err, &refused) || refused.Number != 1044 && refused.Number != 1049 {
		t.Errorf("an unknown database gives %v", err)
	}
	if got := cloud.Rejections(source); got != 0 {
		t.Errorf("%d passwords were reported", got)
	}
	config.DBName = ""

	// The cloud has no other password: the login's error, within the time of the caller.
	cloud.Control("hold-rotation", map[string]any{"hold": true})
	wrong := config.Clone()
	if err := wrong.Apply(mysql.BeforeConnect(func(_ context.Context, own *mysql.Config) error {
		own.Passwd = "wrong"
		return nil
	})); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	err := ask(short, open(t, wrong, source))
	if !errors.As(err, &refused) || refused.Number != 1045 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a password that stays wrong gives %v", err)
	}

	// The source has nothing to give.
	source.Close()
	if err := ask(ctx, open(t, config, source)); !errors.Is(err, evercred.ErrClosed) {
		t.Errorf("a closed source gives %v", err)
	}
}

func TestArgumentsAreChecked(t *testing.T) {
	if _, err := evercredmysql.NewConnector(nil, &evercred.Source{}); err == nil {
		t.Error("no config is accepted")
	}
	if _, err := evercredmysql.NewConnector(mysql.NewConfig(), nil); err == nil {
		t.Error("no source is accepted")
	}
	config := mysql.NewConfig()
	config.Net = "carrier-pigeon"
	if _, err := evercredmysql.NewConnector(config, &evercred.Source{}); err == nil {
		t.Error("the driver's own checks are left out")
	}
}

// 64 goroutines query for a minute while the password is rotated every two seconds, and no query fails.
func TestRotationUnderLoad(t *testing.T) {
	t.Parallel()
	// A rotation that nobody announced costs one report. The default allows 5 in ten minutes, because rotations are
	// hours apart; here they are 30 in a minute.
	cloud, config := start(t, evercred.Options{ForcedRefreshBurst: 1000})
	source := cloud.Database(user)
	var logins atomic.Int64
	if err := config.Apply(mysql.BeforeConnect(func(context.Context, *mysql.Config) error {
		logins.Add(1)
		return nil
	})); err != nil {
		t.Fatal(err)
	}
	connector, err := evercredmysql.NewConnector(config, source)
	if err != nil {
		t.Fatal(err)
	}
	var connections atomic.Int64
	db := sql.OpenDB(counted{connector, &connections})
	defer db.Close()
	db.SetMaxOpenConns(64)
	db.SetMaxIdleConns(64)
	// Connections are renewed often, so that there are logins around each rotation.
	db.SetConnMaxLifetime(500 * time.Millisecond)

	const goroutines = 64
	var queries, failed atomic.Int64
	var first atomic.Pointer[string]
	done := make(chan struct{})
	var group sync.WaitGroup
	for worker := 0; worker < goroutines; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for {
				select {
				case <-done:
					return
				default:
				}
				ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
				err := ask(ctx, db)
				cancel()
				queries.Add(1)
				if err != nil {
					failed.Add(1)
					text := err.Error()
					first.CompareAndSwap(nil, &text)
				}
			}
		}()
	}
	rotations := 0
	for end := time.Now().Add(time.Minute); time.Now().Before(end); rotations++ {
		time.Sleep(2 * time.Second)
		cloud.Rotate(adaptertest.TencentRegion, adaptertest.Instance, user)
	}
	close(done)
	group.Wait()

	retried := logins.Load() - connections.Load()
	t.Logf("%d queries on %d connections, %d rotations, %d passwords reported, %d logins retried, %d queries failed",
		queries.Load(), connections.Load(), rotations, cloud.Rejections(source), retried, failed.Load())
	if failed.Load() != 0 {
		t.Errorf("%d queries failed; the first: %s", failed.Load(), *first.Load())
	}
	if retried < int64(rotations)/2 {
		t.Errorf("only %d logins met one of %d rotations: the test shows nothing", retried, rotations)
	}
}

// counted counts the connections that were made.
type counted struct {
	driver.Connector
	connections *atomic.Int64
}

func (c counted) Connect(ctx context.Context) (driver.Conn, error) {
	connection, err := c.Connector.Connect(ctx)
	if err == nil {
		c.connections.Add(1)
	}
	return connection, err
}

func ExampleOpenDB() {
	client, err := evercred.New(evercred.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	source, err := client.Database("ap-guangzhou", "cdb-example1", "app_user")
	if err != nil {
		log.Fatal(err)
	}
	config := mysql.NewConfig()
	config.Net, config.Addr, config.DBName = "tcp", "10.0.0.7:3306", "orders"
	db, err := evercredmysql.OpenDB(config, source)
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
}
