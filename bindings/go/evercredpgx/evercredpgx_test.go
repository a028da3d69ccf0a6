package evercredpgx_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/evercredpgx"
	"github.com/evercred/evercred/bindings/go/internal/adaptertest"
	"github.com/evercred/evercred/bindings/go/internal/databasetest"
)

const user = "app_user"

// database is PostgreSQL with an account whose password the cloud keeps. The emulator cannot change it there, so
// rotate does.
type database struct {
	*adaptertest.Tencent
	server *databasetest.Server
	admin  *pgx.Conn
	t      testing.TB
}

func start(t testing.TB, options evercred.Options) *database {
	t.Helper()
	server := databasetest.PostgreSQL(t)
	admin, err := pgx.Connect(context.Background(), fmt.Sprintf("host=%s port=%d user=postgres dbname=postgres", server.Socket, server.Port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close(context.Background()) })
	d := &database{server: server, admin: admin, t: t}
	d.Tencent = adaptertest.StartTencent(t, options, "--account", adaptertest.TencentRegion+"/"+adaptertest.Instance+"/"+user)
	d.statement("CREATE ROLE " + user + " LOGIN PASSWORD " + quoted(d.Password(adaptertest.TencentRegion, adaptertest.Instance, user)))
	return d
}

func (d *database) statement(text string) {
	d.t.Helper()
	if _, err := d.admin.Exec(context.Background(), text); err != nil {
		// The message may show a part of the statement, which has a password.
		var refused *pgconn.PgError
		if errors.As(err, &refused) {
			d.t.Fatalf("the administrator's statement failed with %s", refused.Code)
		}
		d.t.Fatal("the administrator's connection failed")
	}
}

// rotate changes the password in the cloud and in the database. For a moment the database has the old one still.
func (d *database) rotate() {
	d.t.Helper()
	password := d.Rotate(adaptertest.TencentRegion, adaptertest.Instance, user)
	d.statement("ALTER ROLE " + user + " PASSWORD " + quoted(password))
}

func quoted(text string) string {
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

func (d *database) text() string {
	return fmt.Sprintf("host=127.0.0.1 port=%d dbname=postgres sslmode=disable", d.server.Port)
}

func (d *database) config() *pgx.ConnConfig {
	d.t.Helper()
	config, err := pgx.ParseConfig(d.text())
	if err != nil {
		d.t.Fatal(err)
	}
	return config
}

func (d *database) pool(source *evercred.Source, change func(*pgxpool.Config)) *evercredpgx.Pool {
	d.t.Helper()
	config, err := pgxpool.ParseConfig(d.text())
	if err != nil {
		d.t.Fatal(err)
	}
	if change != nil {
		change(config)
	}
	pool, err := evercredpgx.NewPool(context.Background(), config, source)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(pool.Close)
	return pool
}

func (d *database) open(source *evercred.Source, options ...stdlib.OptionOpenDB) *sql.DB {
	d.t.Helper()
	db, err := evercredpgx.OpenDB(d.config(), source, options...)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { db.Close() })
	return db
}

func ask(ctx context.Context, db *sql.DB) error {
	var who string
	if err := db.QueryRowContext(ctx, "SELECT session_user").Scan(&who); err != nil {
		return err
	}
	if who != user {
		return fmt.Errorf("logged in as %q", who)
	}
	return nil
}

func TestLoginAfterARotation(t *testing.T) {
	t.Parallel()
	d := start(t, evercred.Options{})
	source := d.Database(user)
	var hooked atomic.Int64
	// pgx's own options stay.
	db := d.open(source, stdlib.OptionAfterConnect(func(context.Context, *pgx.Conn) error {
		hooked.Add(1)
		return nil
	}))
	db.SetMaxIdleConns(0)
	ctx := adaptertest.Context(t)
	if err := ask(ctx, db); err != nil {
		t.Fatal(err)
	}
	for rotation := 1; rotation <= 3; rotation++ {
		d.rotate()
		if err := ask(ctx, db); err != nil {
			t.Fatalf("after rotation %d: %v", rotation, err)
		}
		if got := d.Rejections(source); got != uint64(rotation) {
			t.Fatalf("%d refused passwords were reported after %d rotations", got, rotation)
		}
	}
	if got := hooked.Load(); got != 4 {
		t.Errorf("pgx's hook ran %d times for 4 connections", got)
	}
}

// Every method of the pool that may have to connect survives a rotation.
func TestPoolAfterARotation(t *testing.T) {
	t.Parallel()
	d := start(t, evercred.Options{ForcedRefreshBurst: 1000})
	source := d.Database(user)
	var hooked atomic.Int64
	pool := d.pool(source, func(config *pgxpool.Config) {
		config.BeforeConnect = func(_ context.Context, connection *pgx.ConnConfig) error {
			if connection.User == user && connection.Password != "" {
				hooked.Add(1)
			}
			return nil
		}
	})
	ctx := adaptertest.Context(t)
	if err := pool.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	d.statement("CREATE TABLE numbers (n int)")
	d.statement("GRANT ALL ON numbers TO " + user)

	one := func(row pgx.Row) error {
		var n int
		return row.Scan(&n)
	}
	methods := map[string]func() error{
		"Acquire": func() error {
			connection, err := pool.Acquire(ctx)
			if err == nil {
				connection.Release()
			}
			return err
		},
		"AcquireFunc": func() error {
			return pool.AcquireFunc(ctx, func(connection *pgxpool.Conn) error { return one(connection.QueryRow(ctx, "SELECT 1")) })
		},
		"Exec": func() error {
			_, err := pool.Exec(ctx, "SELECT 1")
			return err
		},
		"Query": func() error {
			rows, err := pool.Query(ctx, "SELECT generate_series(1, 3)")
			if err != nil {
				return err
			}
			numbers, err := pgx.CollectRows(rows, pgx.RowTo[int])
			if err == nil && len(numbers) != 3 {
				err = fmt.Errorf("%d rows", len(numbers))
			}
			return err
		},
		"QueryRow": func() error { return one(pool.QueryRow(ctx, "SELECT 1")) },
		"SendBatch": func() error {
			batch := &pgx.Batch{}
			batch.Queue("SELECT 1")
			results := pool.SendBatch(ctx, batch)
			return errors.Join(one(results.QueryRow()), results.Close())
		},
		"Begin": func() error {
			transaction, err := pool.Begin(ctx)
			if err != nil {
				return err
			}
			return transaction.Rollback(ctx)
		},
		"BeginTx": func() error {
			transaction, err := pool.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
			if err != nil {
				return err
			}
			return transaction.Commit(ctx)
		},
		"CopyFrom": func() error {
			copied, err := pool.CopyFrom(ctx, pgx.Identifier{"numbers"}, []string{"n"}, pgx.CopyFromRows([][]any{{1}, {2}}))
			if err == nil && copied != 2 {
				err = fmt.Errorf("%d rows", copied)
			}
			return err
		},
		"Ping": func() error { return pool.Ping(ctx) },
	}
	for name, method := range methods {
		before := d.Rejections(source)
		pool.Reset()
		d.rotate()
		if err := method(); err != nil {
			t.Errorf("%s after a rotation: %v", name, err)
		}
		if got := d.Rejections(source) - before; got != 1 {
			t.Errorf("%s reported %d passwords", name, got)
		}
	}
	if hooked.Load() == 0 {
		t.Error("the hook of the configuration did not run with the credential")
	}
	if free := pool.Stat().AcquiredConns(); free != 0 {
		t.Errorf("%d connections were not given back", free)
	}
	var n int
	if err := pool.QueryRow(ctx, "SELECT 1 WHERE false").Scan(&n); !errors.Is(err, pgx.ErrNoRows) {
		t.Errorf("no row gives %v", err)
	}
	if err := pool.QueryRow(ctx, "SELECT nonsense").Scan(&n); err == nil || errors.Is(err, pgx.ErrNoRows) {
		t.Errorf("a wrong statement gives %v", err)
	}
}

func TestErrorsAreTheDriversAndTheSources(t *testing.T) {
	t.Parallel()
	d := start(t, evercred.Options{})
	source := d.Database(user)
	ctx := adaptertest.Context(t)

	// A statement that fails with the code of a refused login is no refused login.
	pool := d.pool(source, nil)
	_, err := pool.Exec(ctx, `DO $$ BEGIN RAISE EXCEPTION 'not a login' USING ERRCODE = '28P01'; END $$`)
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || refused.Code != "28P01" {
		t.Errorf("the statement gives %v", err)
	}
	if got := d.Rejections(source); got != 0 {
		t.Errorf("%d passwords were reported for a statement", got)
	}

	// The cloud has no other password: pgx's error, within the time of the caller.
	d.statement("ALTER ROLE " + user + " PASSWORD 'something else'")
	pool.Reset()
	short, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	rows, err := pool.Query(short, "SELECT 1")
	if !errors.As(err, &refused) || refused.Code != "28P01" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a password that stays wrong gives %v", err)
	}
	if rows == nil || rows.Err() == nil || rows.Next() {
		t.Error("the rows of a failed query do not tell its error")
	}

	source.Close()
	if err := ask(ctx, d.open(source)); !errors.Is(err, evercred.ErrClosed) {
		t.Errorf("a closed source gives %v", err)
	}
	if err := pool.Ping(ctx); !errors.Is(err, evercred.ErrClosed) {
		t.Errorf("a closed source gives %v to the pool", err)
	}
}

func TestArgumentsAreChecked(t *testing.T) {
	config, err := pgx.ParseConfig("host=127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := evercredpgx.NewConnector(nil, &evercred.Source{}); err == nil {
		t.Error("no config is accepted")
	}
	if _, err := evercredpgx.NewConnector(config, nil); err == nil {
		t.Error("no source is accepted")
	}
	if _, err := evercredpgx.NewPool(context.Background(), nil, &evercred.Source{}); err == nil {
		t.Error("no config is accepted for a pool")
	}
}

// 64 goroutines query for 20 seconds while the password is rotated every two seconds, half of them through
// database/sql and half through pgx's pool, and no query fails.
func TestRotationUnderLoad(t *testing.T) {
	t.Parallel()
	// A rotation that nobody announced costs one report. The default allows 5 in ten minutes, because rotations are
	// hours apart; here they are 10 in 20 seconds.
	d := start(t, evercred.Options{ForcedRefreshBurst: 1000})
	source := d.Database(user)
	var logins, connections atomic.Int64
	login := func(context.Context, *pgx.ConnConfig) error {
		logins.Add(1)
		return nil
	}
	connected := func(context.Context, *pgx.Conn) error {
		connections.Add(1)
		return nil
	}
	db := d.open(source, stdlib.OptionBeforeConnect(login), stdlib.OptionAfterConnect(connected))
	db.SetMaxOpenConns(32)
	db.SetMaxIdleConns(32)
	// Connections are renewed often, so that there are logins around each rotation.
	db.SetConnMaxLifetime(500 * time.Millisecond)
	pool := d.pool(source, func(config *pgxpool.Config) {
		config.MaxConns = 32
		config.MaxConnLifetime = 500 * time.Millisecond
		config.BeforeConnect, config.AfterConnect = login, connected
	})

	var queries, failed atomic.Int64
	var first atomic.Pointer[string]
	done := make(chan struct{})
	var group sync.WaitGroup
	work := func(query func(context.Context) error) {
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
				err := query(ctx)
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
	for worker := 0; worker < 32; worker++ {
		work(func(ctx context.Context) error { return ask(ctx, db) })
		work(func(ctx context.Context) error {
			var who string
			return pool.QueryRow(ctx, "SELECT session_user").Scan(&who)
		})
	}
	rotations := 0
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); rotations++ {
		time.Sleep(2 * time.Second)
		d.rotate()
	}
	close(done)
	group.Wait()

	retried := logins.Load() - connections.Load()
	t.Logf("%d queries on %d connections, %d rotations, %d passwords reported, %d logins retried, %d queries failed",
		queries.Load(), connections.Load(), rotations, d.Rejections(source), retried, failed.Load())
	if failed.Load() != 0 {
		t.Errorf("%d queries failed; the first: %s", failed.Load(), *first.Load())
	}
	if retried < int64(rotations)/2 {
		t.Errorf("only %d logins met one of %d rotations: the test shows nothing", retried, rotations)
	}
}

func ExampleNewPool() {
	client, err := evercred.New(evercred.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	source, err := client.Database("ap-guangzhou", "postgres-example1", "app_user")
	if err != nil {
		log.Fatal(err)
	}
	config, err := pgxpool.ParseConfig("host=10.0.0.7 dbname=orders sslmode=verify-full")
	if err != nil {
		log.Fatal(err)
	}
	pool, err := evercredpgx.NewPool(context.Background(), config, source)
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
}
