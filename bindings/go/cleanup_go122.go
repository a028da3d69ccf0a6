//go:build cgo && !go1.24

package evercred

import "runtime"

// whenUnreachable calls close when the collector finds that nobody can reach owner any more.
func whenUnreachable[T any](owner *T, close func()) {
	runtime.SetFinalizer(owner, func(*T) { go close() })
}
