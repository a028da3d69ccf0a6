// Package gorm shows gorm on the connectors of evercredmysql and evercredpgx. It needs no adapter of its own: gorm takes
// a *sql.DB as Config.Conn.
package gorm_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"strings"
	"testing"

	mysqldriver "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"gorm.io/driver/mysql"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/evercredmysql"
	"github.com/evercred/evercred/bindings/go/evercredpgx"
	"github.com/evercred/evercred/bindings/go/internal/adaptertest"
	"github.com/evercred/evercred/bindings/go/internal/databasetest"
)

const (
	user    = "app_user"
	account = adaptertest.TencentRegion + "/" + adaptertest.Instance + "/" + user
)

func Example() {
	client, err := evercred.New(evercred.Options{})
	if err != nil {
		log.Fatal(err)
	}
	source, err := client.Database("ap-guangzhou", "cdb-example1", "app_user")
	if err != nil {
		log.Fatal(err)
	}
	config := mysqldriver.NewConfig()
	config.Net, config.Addr, config.DBName, config.ParseTime = "tcp", "10.0.0.7:3306", "orders", true
	pool, err := evercredmysql.OpenDB(config, source)
	if err != nil {
		log.Fatal(err)
	}
	db, err := gorm.Open(mysql.New(mysql.Config{Conn: pool}), &gorm.Config{})
	if err != nil {
		log.Fatal(err)
	}
	db.First(&struct{ ID int }{})
}

// query asks who is logged in.
func query(t *testing.T, db *gorm.DB, statement string) {
	t.Helper()
	var who string
	if err := db.WithContext(adaptertest.Context(t)).Raw(statement).Scan(&who).Error; err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(who, user) {
		t.Fatalf("logged in as %q", who)
	}
}

// through rotates between queries, each of which needs a new connection.
func through(t *testing.T, cloud *adaptertest.Tencent, source *evercred.Source, pool *sql.DB, dialector gorm.Dialector, statement string, rotate func()) {
	t.Helper()
	pool.SetMaxIdleConns(0)
	db, err := gorm.Open(dialector, &gorm.Config{Logger: logger.Discard})
	if err != nil {
		t.Fatal(err)
	}
	query(t, db, statement)
	for rotation := uint64(1); rotation <= 2; rotation++ {
		rotate()
		query(t, db, statement)
		if got := cloud.Rejections(source); got != rotation {
			t.Errorf("%d passwords were reported after %d rotations", got, rotation)
		}
	}
}

func TestMySQL(t *testing.T) {
	t.Parallel()
	server := databasetest.MariaDB(t)
	cloud := adaptertest.StartTencent(t, evercred.Options{}, "--mysql", "mysql://root@localhost?socket="+server.Socket, "--account", account)
	source := cloud.Database(user)
	config := mysqldriver.NewConfig()
	config.Net, config.Addr = "tcp", server.Address()
	pool, err := evercredmysql.OpenDB(config, source)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	through(t, cloud, source, pool, mysql.New(mysql.Config{Conn: pool}), "SELECT CURRENT_USER()", func() {
		cloud.Rotate(adaptertest.TencentRegion, adaptertest.Instance, user)
	})
}

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	server := databasetest.PostgreSQL(t)
	cloud := adaptertest.StartTencent(t, evercred.Options{}, "--account", account)
	admin, err := pgx.Connect(context.Background(), fmt.Sprintf("host=%s port=%d user=postgres dbname=postgres", server.Socket, server.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.Background())
	// The emulator cannot change a password in PostgreSQL, so the test does.
	set := func(statement, password string) {
		t.Helper()
		if _, err := admin.Exec(context.Background(), statement+" PASSWORD '"+strings.ReplaceAll(password, "'", "''")+"'"); err != nil {
			t.Fatal("the administrator's statement failed")
		}
	}
	set("CREATE ROLE "+user+" LOGIN", cloud.Password(adaptertest.TencentRegion, adaptertest.Instance, user))
	source := cloud.Database(user)
	config, err := pgx.ParseConfig(fmt.Sprintf("host=127.0.0.1 port=%d dbname=postgres sslmode=disable", server.Port))
	if err != nil {
		t.Fatal(err)
	}
	pool, err := evercredpgx.OpenDB(config, source)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	through(t, cloud, source, pool, postgres.New(postgres.Config{Conn: pool}), "SELECT session_user", func() {
		set("ALTER ROLE "+user, cloud.Rotate(adaptertest.TencentRegion, adaptertest.Instance, user))
	})
}
