//go:build cgo && evercred_shared

package evercred

// #cgo pkg-config: evercred
import "C"
