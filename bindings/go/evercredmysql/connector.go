// Package evercredmysql logs in to MySQL and MariaDB with the credentials of an evercred source.
//
// It is the connector of [github.com/go-sql-driver/mysql] for [database/sql]: each new connection takes the password
// that is valid now, and where the server refuses it (error 1045, after an early rotation), the connector reports it,
// waits for the next password within the context, and logs in again. Open connections go on: a server asks for the
// password only at the start.
//
//	config := mysql.NewConfig()
//	config.Net, config.Addr, config.DBName = "tcp", "10.0.0.7:3306", "orders"
//	db, err := evercredmysql.OpenDB(config, source)
package evercredmysql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strconv"

	"github.com/go-sql-driver/mysql"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/internal/login"
)

// OpenDB opens a pool whose connections log in with the credentials of the source. It does not connect yet.
//
// The pool is the application's to close; the source is not closed with it. config is as for [NewConnector].
func OpenDB(config *mysql.Config, source *evercred.Source) (*sql.DB, error) {
	connector, err := NewConnector(config, source)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// NewConnector returns a connector for [sql.OpenDB], for gorm's Config.Conn, or for a connector that wraps it.
//
// config is used as it is, apart from Passwd, and from User if the credential has a user name. It is copied: later
// changes have no effect. The error is the driver's, for a configuration that it refuses.
func NewConnector(config *mysql.Config, source *evercred.Source) (driver.Connector, error) {
	if config == nil {
		return nil, errors.New("evercredmysql: config is nil; use mysql.NewConfig or mysql.ParseDSN")
	}
	if source == nil {
		return nil, errors.New("evercredmysql: source is nil; use Client.Database or Client.Managed")
	}
	config = config.Clone()
	// What the driver refuses is told now rather than at the first connection.
	if _, err := mysql.NewConnector(config); err != nil {
		return nil, err
	}
	return &connector{config: config, source: source}, nil
}

type connector struct {
	config *mysql.Config
	source *evercred.Source
}

// Connect waits for a credential, the login and, after a refusal, the next credential, all within ctx. It tries at most six
// logins. Its errors are those of the source and of the driver.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	return login.Retry(ctx, c.source, Code, func(ctx context.Context, credential evercred.Credential) (driver.Conn, error) {
		// A copy for each login, so that the credential that is reported is the one that was used.
		config := c.config.Clone()
		if user := credential.Username(); user != "" {
			config.User = user
		}
		config.Passwd = credential.Password()
		once, err := mysql.NewConnector(config)
		if err != nil {
			return nil, err
		}
		return once.Connect(ctx)
	})
}

// Driver returns the driver's own.
func (c *connector) Driver() driver.Driver {
	return mysql.MySQLDriver{}
}

// Code returns the number of a server's error as text, such as "1045", or "" for other errors.
func Code(err error) string {
	var refused *mysql.MySQLError
	if errors.As(err, &refused) {
		return strconv.Itoa(int(refused.Number))
	}
	return ""
}
