//go:build cgo

package evercred

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"strings"
	"sync/atomic"
	"time"
	"unsafe"
)

// Version returns the version of the library that is linked, such as "0.1.0".
func Version() string { return C.GoString(C.evercred_version()) }

// checkABI compares the ABI of the library with that of the header this module was compiled with.
func checkABI(library, header uint32) error {
	if library == header {
		return nil
	}
	return newError(ErrUnsupported, "the library evercred has the ABI version %d, and this module needs %d: install the "+
		"version of the library that belongs to the module, or build without the tag evercred_shared", library, header)
}

func checkLinkedABI() error {
	return checkABI(uint32(C.evercred_abi_version()), uint32(C.EVERCRED_ABI_VERSION))
}

// liveHandles is for tests: the number of handles that are not freed yet.
func liveHandles() uint64 { return uint64(C.evercred_live_handles()) }

// copyText copies a borrowed text.
func copyText(text C.evercred_go_text) string {
	if text.length == 0 {
		return ""
	}
	return string(unsafe.Slice((*byte)(unsafe.Pointer(text.text)), int(text.length)))
}

// newText makes a C text of an argument, which the caller frees with freeText. A C text ends at its first NUL, so a
// value with one would be cut.
func newText(argument, value string) (*C.char, error) {
	if strings.IndexByte(value, 0) >= 0 {
		return nil, newError(ErrInvalidArgument, "%s: it contains a NUL character", argument)
	}
	return C.CString(value), nil
}

// freeText wipes a text, which may be a secret, and frees it.
func freeText(text *C.char) {
	wipe(text)
	C.free(unsafe.Pointer(text))
}

func wipe(text *C.char) {
	for at := unsafe.Pointer(text); *(*byte)(at) != 0; at = unsafe.Add(at, 1) {
		*(*byte)(at) = 0
	}
}

// instant converts milliseconds since 1970; 0 is the zero time.
func instant(ms C.int64_t) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(ms))
}

func duration(ms C.int64_t) time.Duration {
	const most = int64(1<<63-1) / int64(time.Millisecond)
	return time.Duration(min(max(int64(ms), -most), most)) * time.Millisecond
}

// users counts who uses a C handle: its owner, and each call that is in progress. The last one to leave frees it.
type users struct{ count atomic.Int64 }

// enter counts one more user. It returns false if all have left: then the handle is freed, or about to be.
func (u *users) enter() bool {
	for {
		count := u.count.Load()
		if count <= 0 {
			return false
		}
		if u.count.CompareAndSwap(count, count+1) {
			return true
		}
	}
}

// leave returns true for the last user, who frees the handle.
func (u *users) leave() bool { return u.count.Add(-1) == 0 }

// callC is for benchmarks: a call into C that does next to nothing.
func callC() { C.evercred_abi_version() }
