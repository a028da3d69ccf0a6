// Package linux_amd64 holds the library evercred as an archive for Linux on x86-64 with glibc. Package evercred imports
// it, so that a program needs no installed library. It has nothing to call.
//
// The archive, its header and their checksums (SHA256SUMS) are in the published module. In the repository `make go-lib`
// puts them there.
package linux_amd64

/*
#cgo LDFLAGS: ${SRCDIR}/libevercred.a -lgcc_s -lutil -lrt -lpthread -lm -ldl

#if !__has_include("evercred.h")
#error "evercred: the archive libevercred.a is not here: run `make go-lib` in the repository, or install the library and build with -tags evercred_shared"
#endif
*/
import "C"
