module github.com/evercred/evercred/bindings/go/evercredossv1

go 1.22

require (
	github.com/aliyun/aliyun-oss-go-sdk v3.0.2+incompatible
	github.com/evercred/evercred/bindings/go v0.1.0
)

require (
	github.com/evercred/evercred/bindings/go/lib/linux_amd64 v0.1.0 // indirect
	golang.org/x/time v0.5.0 // indirect
	gopkg.in/check.v1 v1.0.0-20201130134442-10cb98267c6c // indirect
)

// In this repository the library's module and its archive are the neighbours.
replace (
	github.com/evercred/evercred/bindings/go => ../
	github.com/evercred/evercred/bindings/go/lib/linux_amd64 => ../lib/linux_amd64
)
