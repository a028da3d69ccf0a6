module github.com/evercred/evercred/bindings/go/evercredmongo

go 1.25.0

require (
	github.com/evercred/evercred/bindings/go v0.1.0
	go.mongodb.org/mongo-driver/v2 v2.10.0
)

require (
	github.com/evercred/evercred/bindings/go/lib/linux_amd64 v0.1.0 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/xdg-go/scram v1.4.0 // indirect
	github.com/xdg-go/stringprep v1.0.4 // indirect
	github.com/youmark/pkcs8 v0.0.0-20240726163527-a2c0da244d78 // indirect
	golang.org/x/crypto v0.54.0 // indirect
	golang.org/x/sync v0.22.0 // indirect
	golang.org/x/text v0.41.0 // indirect
)

// In this repository the library's module and its archive are the neighbours.
replace (
	github.com/evercred/evercred/bindings/go => ../
	github.com/evercred/evercred/bindings/go/lib/linux_amd64 => ../lib/linux_amd64
)
