// Package evercredmssql logs in to SQL Server with the credentials of an evercred source.
//
// It is the connector of [github.com/microsoft/go-mssqldb] for [database/sql]: each new connection takes the password
// that is valid now, and where the server refuses it (error 18456, after an early rotation), the connector reports it,
// waits for the next password within the context, and logs in again.
//
//	config, err := msdsn.Parse("sqlserver://10.0.0.7:1433?database=orders")
//	db, err := evercredmssql.OpenDB(config, source)
package evercredmssql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strconv"

	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/internal/login"
)

// Option sets fields of the driver's connector, such as SessionInitSQL or Dialer, for each new connection.
type Option func(*mssql.Connector)

// OpenDB opens a pool whose connections log in with the credentials of the source. It does not connect yet.
// config and options are as for [NewConnector].
func OpenDB(config msdsn.Config, source *evercred.Source, options ...Option) (*sql.DB, error) {
	connector, err := NewConnector(config, source, options...)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// NewConnector returns a connector for [sql.OpenDB]. config, which [msdsn.Parse] made, is used as it is, apart from
// Password, and from User if the credential has a user name.
func NewConnector(config msdsn.Config, source *evercred.Source, options ...Option) (driver.Connector, error) {
	if source == nil {
		return nil, errors.New("evercredmssql: source is nil; use Client.Database or Client.Managed")
	}
	if config.Host == "" {
		return nil, errors.New("evercredmssql: config has no host; use msdsn.Parse")
	}
	return &connector{config: config, source: source, options: options}, nil
}

type connector struct {
	config  msdsn.Config
	source  *evercred.Source
	options []Option
}

// Connect waits for a credential, the login and, after a refusal, the next credential, all within ctx. It tries at most six
// logins. Its errors are those of the source and of the driver.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	return login.Retry(ctx, c.source, Code, func(ctx context.Context, credential evercred.Credential) (driver.Conn, error) {
		// A copy for each login, so that the credential that is reported is the one that was used.
		config := c.config
		if user := credential.Username(); user != "" {
			config.User = user
		}
		config.Password = credential.Password()
		once := mssql.NewConnectorConfig(config)
		for _, option := range c.options {
			option(once)
		}
		return once.Connect(ctx)
	})
}

// Driver returns the driver's own.
func (c *connector) Driver() driver.Driver {
	return mssql.NewConnectorConfig(c.config).Driver()
}

// Code returns the number of a server's error as text, such as "18456", or "" for other errors.
func Code(err error) string {
	var refused mssql.Error
	if errors.As(err, &refused) {
		return strconv.Itoa(int(refused.Number))
	}
	return ""
}
