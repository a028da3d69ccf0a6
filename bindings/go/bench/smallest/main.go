// Command smallest is a small program with the library, for the size of it.
package main

import (
	"context"
	"os"

	evercred "github.com/evercred/evercred/bindings/go"
)

func main() {
	var options evercred.Options
	options.LoadEnvironment()
	client, err := evercred.New(options)
	if err != nil {
		fail(err)
	}
	defer client.Close()
	source, err := client.Database("ap-guangzhou", "cdb-example1", "app_user")
	if err != nil {
		fail(err)
	}
	credential, err := source.Get(context.Background())
	if err != nil {
		fail(err)
	}
	println(credential.Username())
}

func fail(err error) {
	println(err.Error())
	os.Exit(1)
}
