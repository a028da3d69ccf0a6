//! A test: the tag in the header's comment on each handle is the thread rule that the compiler has checked.

use crate::plumbing::{Handle, ThreadRule};

const HEADER: &str = include_str!("../include/evercred.h");

/// The comment above the declaration of a C type.
fn comment_of(name: &str) -> &'static str {
    let above = HEADER.split(&format!("typedef struct {name} {name};")).next().unwrap();
    above.rsplit("/**").next().unwrap()
}

fn has_its_tag<H: Handle>() {
    let name = std::any::type_name::<H>().rsplit("::").next().unwrap();
    let tag = <H::Threads as ThreadRule<H::Inner>>::TAG;
    assert!(comment_of(name).contains(tag), "the header's comment on {name} lacks {tag}");
}

#[test]
fn the_tags_of_the_header_are_what_the_compiler_proved() {
    let checks = [
        has_its_tag::<crate::client::evercred_client>,
        has_its_tag::<crate::config::evercred_config>,
        has_its_tag::<crate::credential::evercred_credential>,
        has_its_tag::<crate::error::evercred_error>,
        has_its_tag::<crate::event::evercred_event>,
        has_its_tag::<crate::identity::evercred_identity>,
        has_its_tag::<crate::report::evercred_report>,
        has_its_tag::<crate::source::evercred_source>,
        has_its_tag::<crate::status::evercred_status>,
        has_its_tag::<crate::subscription::evercred_subscription>,
    ];
    assert_eq!(HEADER.matches("typedef struct ").count(), checks.len(), "every handle is checked");
    checks.iter().for_each(|check| check());
}
