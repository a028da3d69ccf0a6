module github.com/evercred/evercred/bindings/go/examples/gorm

go 1.25.0

require (
	github.com/evercred/evercred/bindings/go v0.1.0
	github.com/evercred/evercred/bindings/go/evercredmysql v0.1.0
	github.com/evercred/evercred/bindings/go/evercredpgx v0.1.0
	github.com/go-sql-driver/mysql v1.10.1
	github.com/jackc/pgx/v5 v5.13.0
	gorm.io/driver/mysql v1.6.0
	gorm.io/driver/postgres v1.6.3
	gorm.io/gorm v1.31.2
)

require (
	filippo.io/edwards25519 v1.2.0 // indirect
	github.com/evercred/evercred/bindings/go/lib/linux_amd64 v0.1.0 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	github.com/jinzhu/inflection v1.0.0 // indirect
	github.com/jinzhu/now v1.1.5 // indirect
	golang.org/x/sync v0.22.0 // indirect
	golang.org/x/text v0.41.0 // indirect
)

// In this repository the library's module and its archive are the neighbours.
replace (
	github.com/evercred/evercred/bindings/go => ../../
	github.com/evercred/evercred/bindings/go/evercredmysql => ../../evercredmysql
	github.com/evercred/evercred/bindings/go/evercredpgx => ../../evercredpgx
	github.com/evercred/evercred/bindings/go/lib/linux_amd64 => ../../lib/linux_amd64
)
