module github.com/evercred/evercred/bindings/go

go 1.22

require github.com/evercred/evercred/bindings/go/lib/linux_amd64 v0.1.0

// In this repository the archive is the one that `make go-lib` has made.
replace github.com/evercred/evercred/bindings/go/lib/linux_amd64 => ./lib/linux_amd64
