module github.com/evercred/evercred/bindings/go/managedcredentials

go 1.22

require (
	github.com/aliyun/alibaba-cloud-sdk-go v1.63.107
	github.com/aliyun/aliyun-oss-go-sdk v3.0.2+incompatible
	github.com/evercred/evercred/bindings/go v0.1.0
	github.com/evercred/evercred/bindings/go/evercredalibabacloud v0.1.0
	github.com/evercred/evercred/bindings/go/evercredossv1 v0.1.0
)

require (
	github.com/evercred/evercred/bindings/go/lib/linux_amd64 v0.1.0 // indirect
	github.com/jmespath/go-jmespath v0.4.0 // indirect
	github.com/json-iterator/go v1.1.12 // indirect
	github.com/kr/pretty v0.3.1 // indirect
	github.com/modern-go/concurrent v0.0.0-20180306012644-bacd9c7ef1dd // indirect
	github.com/modern-go/reflect2 v1.0.2 // indirect
	github.com/opentracing/opentracing-go v1.2.1-0.20220228012449-10b1cf09e00b // indirect
	golang.org/x/time v0.5.0 // indirect
	gopkg.in/ini.v1 v1.67.0 // indirect
)

// In this repository the library's module and its archive are the neighbours.
replace (
	github.com/evercred/evercred/bindings/go => ../
	github.com/evercred/evercred/bindings/go/evercredalibabacloud => ../evercredalibabacloud
	github.com/evercred/evercred/bindings/go/evercredossv1 => ../evercredossv1
	github.com/evercred/evercred/bindings/go/lib/linux_amd64 => ../lib/linux_amd64
)
