module github.com/evercred/evercred/bindings/go/evercredpgx

go 1.25.0

require (
	github.com/evercred/evercred/bindings/go v0.1.0
	github.com/jackc/pgx/v5 v5.13.0
)

require (
	github.com/evercred/evercred/bindings/go/lib/linux_amd64 v0.1.0 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	golang.org/x/sync v0.22.0 // indirect
	golang.org/x/text v0.41.0 // indirect
)

// In this repository the library's module and its archive are the neighbours.
replace (
	github.com/evercred/evercred/bindings/go => ../
	github.com/evercred/evercred/bindings/go/lib/linux_amd64 => ../lib/linux_amd64
)
