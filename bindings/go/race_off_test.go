//go:build cgo && !race

package evercred

// isRacing: the race detector needs memory of its own for each goroutine.
const isRacing = false
