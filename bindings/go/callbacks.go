//go:build cgo

package evercred

/*
#include <stdint.h>
#include "evercred.h"
*/
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

// The functions that C calls. They are all in this file, because a file with an exported function may define nothing in C.

//export evercredGoLog
func evercredGoLog(handle C.uintptr_t, level C.int32_t, message *C.char, length C.size_t) {
	cgo.Handle(handle).Value().(*logQueue).add(Level(level), string(unsafe.Slice((*byte)(unsafe.Pointer(message)), int(length))))
}

//export evercredGoIdentity
func evercredGoIdentity(handle C.uintptr_t, identity *C.evercred_identity) {
	cgo.Handle(handle).Value().(*identityHook).supply(identity)
}

// evercredGoFree is the end of a hook: C calls it once, when nothing uses the hook any more.
//
//export evercredGoFree
func evercredGoFree(handle C.uintptr_t) {
	cgo.Handle(handle).Delete()
}
