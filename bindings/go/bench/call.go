package main

// __attribute__((noinline)) static void nothing(void) { __asm__ volatile(""); }
import "C"

// callC makes n calls into C that do nothing.
func callC(n int) {
	for range n {
		C.nothing()
	}
}
