//! pkg-config finds what `make install` installs, and it works: shared, static, and under a DESTDIR.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails the test; clippy's exception for tests sees only #[test] functions"
)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use support::{Folder, STRICT, library, repository, run_well, tool};

const LIMIT: Duration = Duration::from_secs(120);
const VERSION: &str = env!("CARGO_PKG_VERSION");

fn install(prefix: &Path, destination: Option<&Path>) {
    let mut command = Command::new(repository("scripts/install.sh"));
    command.arg(&library().directory).env("PREFIX", prefix).env_remove("LIBDIR");
    match destination {
        Some(folder) => command.env("DESTDIR", folder),
        None => command.env_remove("DESTDIR"),
    };
    run_well(&mut command, LIMIT);
}

/// The flags that pkg-config gives to a project's build.
fn flags(prefix: &Path, wanted: &[&str]) -> Vec<String> {
    let mut command = Command::new(tool("pkg-config"));
    command.args(wanted).arg("evercred").env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"));
    run_well(&mut command, LIMIT).split_whitespace().map(str::to_owned).collect()
}

#[test]
fn shared_and_static_by_pkg_config() {
    let folder = Folder::new("install");
    let prefix = folder.0.join("prefix");
    install(&prefix, None);
    assert_eq!(flags(&prefix, &["--modversion"]), [VERSION]);
    let links = [("libevercred.so", "libevercred.so.0"), ("libevercred.so.0", &format!("libevercred.so.{VERSION}"))];
    for (link, target) in links {
        assert_eq!(fs::read_link(prefix.join("lib").join(link)).expect("a link"), Path::new(target));
    }

    let source = folder.0.join("version.c");
    fs::write(
        &source,
        "#include <evercred.h>\n#include <stdio.h>\nint main(void) { return puts(evercred_version()) < 0; }\n",
    )
    .expect("a source file");
    for (name, wanted, last) in [
        ("shared", &["--cflags", "--libs"] as &[&str], format!("-Wl,-rpath,{}", prefix.join("lib").display())),
        // The linker prefers the shared library by default.
        ("static", &["--cflags", "--libs", "--static"], "-Wl,--gc-sections".to_owned()),
    ] {
        let program = folder.0.join(name);
        let mut found = flags(&prefix, wanted);
        if name == "static" {
            for flag in &mut found {
                if flag == "-levercred" {
                    *flag = "-l:libevercred.a".to_owned();
                }
            }
        }
        let mut command = Command::new(tool("gcc"));
        command.arg("-std=c99").args(STRICT).arg(&source).arg("-o").arg(&program).args(found).arg(last);
        run_well(&mut command, LIMIT);
        assert_eq!(run_well(&mut Command::new(&program), LIMIT).trim(), VERSION);
    }
}

#[test]
fn a_destdir_changes_places_but_no_contents() {
    let folder = Folder::new("install-destdir");
    install(Path::new("/opt/evercred"), Some(&folder.0));
    let root = folder.0.join("opt/evercred");
    for file in ["include/evercred.h", "lib/libevercred.a", "lib/libevercred.so", "lib/pkgconfig/evercred.pc"] {
        assert!(root.join(file).is_file(), "{file}");
    }
    let package = fs::read_to_string(root.join("lib/pkgconfig/evercred.pc")).expect("the .pc file");
    assert!(package.contains("prefix=/opt/evercred\n") && !package.contains('@'), "{package}");
}
