package evercredmysql_test

import (
	"context"
	"database/sql"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/evercredmysql"
	"github.com/evercred/evercred/bindings/go/internal/adaptertest"
	"github.com/evercred/evercred/bindings/go/internal/databasetest"
)

// pool is the first program of ../README.md.
func pool(serve func(*sql.DB) error) error {
	// begin
	var options evercred.Options
	options.LoadEnvironment() // EVERCRED_TENCENT_SECRET_ID, …; without them the environment, a profile, a CVM role or TKE
	client, err := evercred.New(options)
	if err != nil {
		return err
	}
	defer client.Close()
	source, err := client.Database("ap-guangzhou", "cdb-example1", "app_user")
	if err != nil {
		return err
	}
	config := mysql.NewConfig()
	config.Net, config.Addr, config.DBName = "tcp", "10.0.0.7:3306", "orders"
	db, err := evercredmysql.OpenDB(config, source)
	if err != nil {
		return err
	}
	defer db.Close()
	return serve(db) // each new connection logs in with the password of the moment
	// end
}

func TestTheREADMEsPoolIsThisOne(t *testing.T) {
	source, err := os.ReadFile("readme_test.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(source), "\t// begin\n")
	body, _, _ := strings.Cut(rest, "\t// end\n")
	var lines []string
	for _, line := range strings.SplitAfter(body, "\n") {
		lines = append(lines, strings.TrimPrefix(line, "\t"))
	}
	if code := strings.Join(lines, ""); code == "" || !strings.Contains(string(readme), "<!-- pool -->\n```go\n"+code+"```\n") {
		t.Error("the README shows another program than the one that is tested here")
	}
}

func TestTheREADMEsPoolThroughARotation(t *testing.T) {
	server := databasetest.MariaDB(t)
	cloud := adaptertest.StartTencent(t, evercred.Options{},
		"--mysql", "mysql://root@localhost?socket="+server.Socket,
		"--account", adaptertest.TencentRegion+"/"+adaptertest.Instance+"/"+user)
	admin, err := sql.Open("mysql", "root@unix("+server.Socket+")/")
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	for _, statement := range []string{"CREATE DATABASE orders", "GRANT SELECT ON orders.* TO '" + user + "'@'%'"} {
		if _, err := admin.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	// The program's address is that of the server here.
	mysql.RegisterDialContext("tcp", func(ctx context.Context, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", server.Address())
	})
	defer mysql.DeregisterDialContext("tcp")
	for name, value := range map[string]string{
		"EVERCRED_TENCENT_ENDPOINT": cloud.HostPort, "EVERCRED_TENCENT_SCHEME": "http", "EVERCRED_PROXY": "none",
		"EVERCRED_TENCENT_SECRET_ID": adaptertest.SecretID, "EVERCRED_TENCENT_SECRET_KEY": adaptertest.SecretKey,
	} {
		t.Setenv(name, value)
	}
	err = pool(func(db *sql.DB) error {
		db.SetMaxIdleConns(0)
		ctx := adaptertest.Context(t)
		if err := ask(ctx, db); err != nil {
			return err
		}
		cloud.Rotate(adaptertest.TencentRegion, adaptertest.Instance, user)
		return ask(ctx, db)
	})
	if err != nil {
		t.Error(err)
	}
}
