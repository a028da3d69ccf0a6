package evercredpgx

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/internal/login"
)

// Pool is a [pgxpool.Pool] whose connections log in with the credentials of a source. The methods that may have to
// connect repeat a login that the server refused; pgx's pool has no hook for that. A statement is never repeated:
// a refused login comes before it is sent.
type Pool struct {
	*pgxpool.Pool
	source *evercred.Source
}

// NewPool opens a pool. As with [pgxpool.NewWithConfig], its connections are made in the background or when needed.
//
// config, which [pgxpool.ParseConfig] made, is used as it is, apart from Password, and from User if the credential has
// a user name; its BeforeConnect runs after these are set. Close ends the pool, not the source.
func NewPool(ctx context.Context, config *pgxpool.Config, source *evercred.Source) (*Pool, error) {
	if config == nil {
		return nil, errNoConfig
	}
	if source == nil {
		return nil, errNoSource
	}
	config = config.Copy()
	before := config.BeforeConnect
	config.BeforeConnect = func(ctx context.Context, connection *pgx.ConnConfig) error {
		// The pool connects with the values of the context that asked; its own upkeep has none.
		credential, ok := ctx.Value(credentialKey{}).(evercred.Credential)
		if !ok {
			var err error
			if credential, err = source.Get(ctx); err != nil {
				return err
			}
		}
		use(connection, credential)
		if before != nil {
			return before(ctx, connection)
		}
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	return &Pool{Pool: pool, source: source}, nil
}

type credentialKey struct{}

// retry calls with a context that carries the credential, so that the one that is reported is the one that was used.
func retry[T any](ctx context.Context, p *Pool, call func(context.Context) (T, error)) (T, error) {
	return login.Retry(ctx, p.source, Code, func(ctx context.Context, credential evercred.Credential) (T, error) {
		return call(context.WithValue(ctx, credentialKey{}, credential))
	})
}

// Acquire is [pgxpool.Pool.Acquire], with a refused login repeated.
func (p *Pool) Acquire(ctx context.Context) (*pgxpool.Conn, error) {
	return retry(ctx, p, p.Pool.Acquire)
}

// AcquireFunc is [pgxpool.Pool.AcquireFunc], with a refused login repeated.
func (p *Pool) AcquireFunc(ctx context.Context, f func(*pgxpool.Conn) error) error {
	connection, err := p.Acquire(ctx)
	if err != nil {
		return err
	}
	defer connection.Release()
	return f(connection)
}

// Exec is [pgxpool.Pool.Exec], with a refused login repeated.
func (p *Pool) Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error) {
	return retry(ctx, p, func(ctx context.Context) (pgconn.CommandTag, error) { return p.Pool.Exec(ctx, sql, arguments...) })
}

// Query is [pgxpool.Pool.Query], with a refused login repeated.
func (p *Pool) Query(ctx context.Context, sql string, arguments ...any) (pgx.Rows, error) {
	rows, err := retry(ctx, p, func(ctx context.Context) (pgx.Rows, error) { return p.Pool.Query(ctx, sql, arguments...) })
	if err != nil {
		// As pgx promises, callers may ignore the error and find it in the rows.
		return failedRows{err: err}, err
	}
	return rows, nil
}

// QueryRow is [pgxpool.Pool.QueryRow], with a refused login repeated.
func (p *Pool) QueryRow(ctx context.Context, sql string, arguments ...any) pgx.Row {
	rows, _ := p.Query(ctx, sql, arguments...)
	return row{rows}
}

// SendBatch is [pgxpool.Pool.SendBatch]. Its result tells of a refused login only later, so a connection is made ready
// before; a rotation between the two can still fail it.
func (p *Pool) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	if err := p.AcquireFunc(ctx, func(*pgxpool.Conn) error { return nil }); err != nil {
		return pgx.FailedBatchResults(batch, err)
	}
	return p.Pool.SendBatch(ctx, batch)
}

// Begin is [pgxpool.Pool.Begin], with a refused login repeated.
func (p *Pool) Begin(ctx context.Context) (pgx.Tx, error) {
	return retry(ctx, p, p.Pool.Begin)
}

// BeginTx is [pgxpool.Pool.BeginTx], with a refused login repeated.
func (p *Pool) BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error) {
	return retry(ctx, p, func(ctx context.Context) (pgx.Tx, error) { return p.Pool.BeginTx(ctx, options) })
}

// CopyFrom is [pgxpool.Pool.CopyFrom], with a refused login repeated.
func (p *Pool) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	return retry(ctx, p, func(ctx context.Context) (int64, error) { return p.Pool.CopyFrom(ctx, table, columns, rows) })
}

// Ping is [pgxpool.Pool.Ping], with a refused login repeated.
func (p *Pool) Ping(ctx context.Context) error {
	return p.AcquireFunc(ctx, func(connection *pgxpool.Conn) error { return connection.Ping(ctx) })
}

// row gives the first row of a query, as pgx's own does, which the pool does not hand out.
type row struct{ rows pgx.Rows }

func (r row) Scan(destinations ...any) error {
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(destinations...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}

// failedRows are the rows of a query that was not sent.
type failedRows struct{ err error }

func (failedRows) Close()                                       {}
func (r failedRows) Err() error                                 { return r.err }
func (failedRows) CommandTag() pgconn.CommandTag                { return pgconn.CommandTag{} }
func (failedRows) FieldDescriptions() []pgconn.FieldDescription { return nil }
func (failedRows) Next() bool                                   { return false }
func (r failedRows) Scan(...any) error                          { return r.err }
func (r failedRows) Values() ([]any, error)                     { return nil, r.err }
func (failedRows) RawValues() [][]byte                          { return nil }
func (failedRows) Conn() *pgx.Conn                              { return nil }
func (failedRows) TypeMap() *pgtype.Map                         { return nil }
