// Package evercredpgx logs in to PostgreSQL with the credentials of an evercred source, through pgx.
//
// [NewConnector] is for [database/sql], [NewPool] for pgx's own pool. Each new connection takes the password that is
// valid now. Where the server refuses it (28P01, after an early rotation), the password is reported, the next one is
// awaited within the context, and the login is repeated. Open connections go on: a server asks for the password
// only at the start.
package evercredpgx

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/internal/login"
)

var (
	errNoConfig = errors.New("evercredpgx: config is nil; use pgx.ParseConfig or pgxpool.ParseConfig")
	errNoSource = errors.New("evercredpgx: source is nil; use Client.Database or Client.Managed")
)

// OpenDB opens a pool of [database/sql] whose connections log in with the credentials of the source. It does not
// connect yet. config and options are as for [NewConnector].
func OpenDB(config *pgx.ConnConfig, source *evercred.Source, options ...stdlib.OptionOpenDB) (*sql.DB, error) {
	connector, err := NewConnector(config, source, options...)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// NewConnector returns a connector for [sql.OpenDB], for gorm's Config.Conn, or for a connector that wraps it.
//
// config, which [pgx.ParseConfig] made, is used as it is, apart from Password, and from User if the credential has a
// user name. It is copied: later changes have no effect. options are those of [stdlib.OpenDB].
func NewConnector(config *pgx.ConnConfig, source *evercred.Source, options ...stdlib.OptionOpenDB) (driver.Connector, error) {
	if config == nil {
		return nil, errNoConfig
	}
	if source == nil {
		return nil, errNoSource
	}
	return &connector{config: config.Copy(), source: source, options: options}, nil
}

type connector struct {
	config  *pgx.ConnConfig
	source  *evercred.Source
	options []stdlib.OptionOpenDB
}

// Connect waits for a credential, the login and, after a refusal, the next credential, all within ctx. It tries at most six
// logins. Its errors are those of the source and of the driver.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	return login.Retry(ctx, c.source, Code, func(ctx context.Context, credential evercred.Credential) (driver.Conn, error) {
		// A copy for each login, so that the credential that is reported is the one that was used.
		config := c.config.Copy()
		use(config, credential)
		return stdlib.GetConnector(*config, c.options...).Connect(ctx)
	})
}

// Driver returns pgx's own.
func (c *connector) Driver() driver.Driver {
	return stdlib.GetDefaultDriver()
}

func use(config *pgx.ConnConfig, credential evercred.Credential) {
	if user := credential.Username(); user != "" {
		config.User = user
	}
	config.Password = credential.Password()
}

// Code returns the SQLSTATE of a refused login, such as "28P01", or "" for other errors. An error of a statement is
// none: the login had succeeded.
func Code(err error) string {
	var connecting *pgconn.ConnectError
	var refused *pgconn.PgError
	if errors.As(err, &connecting) && errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}
