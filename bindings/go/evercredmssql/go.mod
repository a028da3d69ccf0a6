module github.com/evercred/evercred/bindings/go/evercredmssql

go 1.25.0

require (
	github.com/evercred/evercred/bindings/go v0.1.0
	github.com/microsoft/go-mssqldb v1.11.2
)

require (
	github.com/evercred/evercred/bindings/go/lib/linux_amd64 v0.1.0 // indirect
	github.com/golang-sql/civil v0.0.0-20220223132316-b832511892a9 // indirect
	github.com/golang-sql/sqlexp v0.1.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/shopspring/decimal v1.4.0 // indirect
	golang.org/x/crypto v0.55.0 // indirect
	golang.org/x/text v0.41.0 // indirect
)

// In this repository the library's module and its archive are the neighbours.
replace (
	github.com/evercred/evercred/bindings/go => ../
	github.com/evercred/evercred/bindings/go/lib/linux_amd64 => ../lib/linux_amd64
)
