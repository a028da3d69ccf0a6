//! What the linker must be told about the shared library.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if target == "linux" {
        // The number is the ABI's major version; `evercred_abi_version` says the same.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libevercred.so.0");
        // A thread of ours may still be on its way out when the host unloads us.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
