//! The README's samples compile, and the links of the documentation have targets.

mod support;

use support::{compile, link_shared, repository, scratch};

#[test]
fn the_sample_is_the_example_and_compiles() {
    let readme = std::fs::read_to_string(repository("README.md")).unwrap();
    let sample = readme.split("```c\n").nth(1).unwrap().split("```").next().unwrap();
    let path = repository("examples/c/getting_started.c");
    assert!(sample == std::fs::read_to_string(&path).unwrap(), "README.md and examples/c/getting_started.c differ");
    compile(&path, &scratch("getting_started"), &link_shared());
}

#[test]
fn the_managed_sample_compiles() {
    let readme = std::fs::read_to_string(repository("README.md")).unwrap();
    let sample = readme.split("```c\n").nth(2).unwrap().split("```").next().unwrap();
    let path = scratch("managed_sample.c");
    std::fs::write(&path, sample).unwrap();
    compile(&path, &scratch("managed_sample.o"), &["-c".to_owned()]);
}

#[test]
fn every_link_leads_somewhere() {
    for page in [
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "bindings/c/README.md",
        "emulator/README.md",
        "docs/MIGRATING.md",
    ] {
        let text = std::fs::read_to_string(repository(page)).unwrap();
        let folder = repository(page).parent().unwrap().to_path_buf();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if !link.starts_with("http") && !link.starts_with('#') {
                let file = link.split('#').next().unwrap();
                assert!(folder.join(file).exists(), "{page} links to {link}");
            }
        }
    }
}
