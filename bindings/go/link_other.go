//go:build cgo && !evercred_shared && !(linux && amd64)

package evercred

// #error "evercred: there is no archive of the library for this platform; install the library and build with -tags evercred_shared"
import "C"
