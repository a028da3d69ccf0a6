//go:build cgo && !evercred_shared

package evercred

// The archive of this platform, which the linker takes.
import _ "github.com/evercred/evercred/bindings/go/lib/linux_amd64"
