module github.com/evercred/evercred/bindings/go/evercredoss

go 1.22

require (
	github.com/aliyun/alibabacloud-oss-go-sdk-v2 v1.6.1
	github.com/evercred/evercred/bindings/go v0.1.0
)

require (
	github.com/evercred/evercred/bindings/go/lib/linux_amd64 v0.1.0 // indirect
	golang.org/x/time v0.4.0 // indirect
)

// In this repository the library's module and its archive are the neighbours.
replace (
	github.com/evercred/evercred/bindings/go => ../
	github.com/evercred/evercred/bindings/go/lib/linux_amd64 => ../lib/linux_amd64
)
