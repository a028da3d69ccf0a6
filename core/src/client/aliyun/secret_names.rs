//! The option `secret_names`: names of managed secrets, separated by commas.

use std::collections::HashSet;

/// The most names. A longer list is a mistake: each name is a source that asks KMS.
const MAX_NAMES: usize = 10_000;

/// The names in a list, in order.
pub(in crate::client) fn split(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty())
}

/// Checks a value of the option.
pub(super) fn check(list: &str) -> Result<(), String> {
    match split(list).nth(MAX_NAMES) {
        Some(_) => Err(format!("it lists more than {MAX_NAMES} names")),
        None => Ok(()),
    }
}

/// The list with more names at its end. A name that it contains already is not added again.
pub(super) fn with_more(list: &str, more: &[String]) -> String {
    let mut names: HashSet<&str> = split(list).collect();
    let mut text = list.to_owned();
    for name in more.iter().filter(|name| names.insert(name.trim())) {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(name);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{check, split, with_more};

    #[test]
    fn names_are_added_once() {
        let more = ["b", " c ", "c", "a"].map(String::from);
        assert_eq!(with_more("a, b", &more), "a, b, c ");
        assert_eq!(with_more("", &more), "b, c ,a");
        assert_eq!(split(" a,,b ,").collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn the_count_is_bounded() {
        assert_eq!(check(&"a,".repeat(10_000)), Ok(()));
        assert!(check(&"a,".repeat(10_001)).unwrap_err().contains("10000"));
    }
}
