module github.com/evercred/evercred/bindings/go/examples/pool

go 1.24.0

require (
	github.com/evercred/evercred/bindings/go v0.1.0
	github.com/evercred/evercred/bindings/go/evercredmysql v0.1.0
	github.com/go-sql-driver/mysql v1.10.1
)

require (
	filippo.io/edwards25519 v1.2.0 // indirect
	github.com/evercred/evercred/bindings/go/lib/linux_amd64 v0.1.0 // indirect
)

// In this repository the library's module and its archive are the neighbours.
replace (
	github.com/evercred/evercred/bindings/go => ../../
	github.com/evercred/evercred/bindings/go/evercredmysql => ../../evercredmysql
	github.com/evercred/evercred/bindings/go/lib/linux_amd64 => ../../lib/linux_amd64
)
