//go:build !cgo

package evercred

// The name is the message: the compiler prints it for a build without cgo.
var _ = evercred_needs_cgo__set_CGO_ENABLED_1_and_install_a_C_compiler
