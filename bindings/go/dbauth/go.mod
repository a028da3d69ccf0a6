module github.com/evercred/evercred/bindings/go/dbauth

go 1.22

require (
	github.com/evercred/evercred/bindings/go v0.1.0
	github.com/go-sql-driver/mysql v1.9.3
	github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common v1.3.212
)

require (
	filippo.io/edwards25519 v1.1.1 // indirect
	github.com/evercred/evercred/bindings/go/lib/linux_amd64 v0.1.0 // indirect
)

// In this repository the library's module and its archive are the neighbours.
replace (
	github.com/evercred/evercred/bindings/go => ../
	github.com/evercred/evercred/bindings/go/lib/linux_amd64 => ../lib/linux_amd64
)
