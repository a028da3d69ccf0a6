//go:build cgo && !evercred_collect

package evercred

// beforeRead is called before each read of a C pointer.
func beforeRead() {}
