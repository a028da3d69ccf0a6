//go:build cgo && !evercred_collect

package evercred

// isCollecting: the collector runs before each read of a C pointer, so everything takes long.
const isCollecting = false
