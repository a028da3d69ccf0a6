//go:build cgo && go1.24

package evercred

import "runtime"

// whenUnreachable calls close when the collector finds that nobody can reach owner any more.
func whenUnreachable[T any](owner *T, close func()) {
	runtime.AddCleanup(owner, func(close func()) { go close() }, close)
}
