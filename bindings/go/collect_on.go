//go:build cgo && evercred_collect

package evercred

import "runtime"

// beforeRead is called before each read of a C pointer. For tests: it runs the collector, so that a handle whose owner
// is no longer reachable is freed at the worst moment, and a missing runtime.KeepAlive shows.
func beforeRead() { runtime.GC() }
