module github.com/evercred/evercred/bindings/go/lib/linux_amd64

go 1.22
