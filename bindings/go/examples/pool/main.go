// Command pool queries a MySQL database without a pause while its password rotates.
//
//	pool REGION INSTANCE USER HOST:PORT
//
// The settings are variables of the environment, such as EVERCRED_TENCENT_SECRET_ID. Each line on standard input prints
// what has happened so far; the program ends with it.
package main

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"

	evercred "github.com/evercred/evercred/bindings/go"
	"github.com/evercred/evercred/bindings/go/evercredmysql"
)

const goroutines = 16

func main() {
	log.SetFlags(0)
	if len(os.Args) != 5 {
		log.Fatal("usage: pool REGION INSTANCE USER HOST:PORT")
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		log.Fatal(err)
	}
}

func run(region, instance, user, address string) error {
	var options evercred.Options
	options.LoadEnvironment()
	client, err := evercred.New(options)
	if err != nil {
		return err
	}
	defer client.Close()
	source, err := client.Database(region, instance, user)
	if err != nil {
		return err
	}
	config := mysql.NewConfig()
	config.Net, config.Addr = "tcp", address
	db, err := evercredmysql.OpenDB(config, source)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(goroutines)
	// So short a life shows many logins in little time; a service would take minutes.
	db.SetConnMaxLifetime(200 * time.Millisecond)

	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var queries, failed atomic.Int64
	var first sync.Once
	var group sync.WaitGroup
	for range goroutines {
		group.Add(1)
		go func() {
			defer group.Done()
			for ctx.Err() == nil {
				answer, err := query(ctx, db)
				switch {
				case ctx.Err() != nil:
				case err != nil:
					failed.Add(1)
					fmt.Println("failed:", err)
				default:
					queries.Add(1)
					first.Do(func() { fmt.Println(answer) })
				}
			}
		}()
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		status, err := source.Status()
		if err != nil {
			return err
		}
		fmt.Printf("%d queries, %d passwords refused and replaced, %d queries failed\n",
			queries.Load(), status.Rejections, failed.Load())
	}
	stop()
	group.Wait()
	return nil
}

// query waits for a connection, a login and the next password, if it must, within ten seconds.
func query(ctx context.Context, db *sql.DB) (answer string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	err = db.QueryRowContext(ctx, "SELECT 'Success!'").Scan(&answer)
	return answer, err
}
