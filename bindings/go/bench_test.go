//go:build cgo

package evercred

import (
	"context"
	"testing"
)

// BenchmarkGet is the fast path: a fresh credential.
func BenchmarkGet(b *testing.B) {
	source := newDatabase(b, newClient(b, options(startCloud(b))))
	ctx := context.Background()
	if _, err := source.Get(ctx); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	var credential Credential
	for i := 0; i < b.N; i++ {
		credential, _ = source.Get(ctx)
	}
	if credential.IsZero() {
		b.Fatal("no credential")
	}
}

// BenchmarkGetParallel is the fast path on all processors.
func BenchmarkGetParallel(b *testing.B) {
	source := newDatabase(b, newClient(b, options(startCloud(b))))
	ctx := context.Background()
	if _, err := source.Get(ctx); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := source.Get(ctx); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkCgoCall is the cheapest call into C, for comparison.
func BenchmarkCgoCall(b *testing.B) {
	for i := 0; i < b.N; i++ {
		callC()
	}
}
