//! The headers of a request as services see them: one value for each name.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

/// The headers by their names in lower case, with trimmed values. The values of a header that is given several times, in
/// any spelling, are joined by commas: in the order of the request, or sorted if `sorts_values`. Texts may contain a
/// session token, so they are wiped when dropped.
pub(super) fn joined(headers: &[(&str, &str)], sorts_values: bool) -> BTreeMap<String, Zeroizing<String>> {
    let mut values: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, value) in headers {
        values.entry(name.to_ascii_lowercase()).or_default().push(value.trim());
    }
    let joined = values.into_iter().map(|(name, mut values)| {
        if sorts_values {
            values.sort_unstable();
        }
        let mut text = Zeroizing::new(String::with_capacity(values.iter().map(|value| value.len() + 1).sum()));
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(value);
        }
        (name, text)
    });
    joined.collect()
}

/// The query of a presigned address: the caller's pairs without those that the signer alone sets (`reserved`), then the
/// signer's.
pub(super) fn replacing<'a>(
    pairs: &[(&'a str, &'a str)],
    reserved: &[&str],
    own: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    pairs.iter().filter(|(name, _)| !reserved.contains(name)).chain(own).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::{joined, replacing};

    #[test]
    fn a_header_has_one_value() {
        let headers = [("X-B", " 2 "), ("x-a", "z"), ("X-A", "b "), ("x-a", "c")];
        let text = |sorts| {
            let all = joined(&headers, sorts).into_iter().map(|(name, value)| format!("{name}:{}", *value));
            all.collect::<Vec<_>>().join("\n")
        };
        assert_eq!(text(false), "x-a:z,b,c\nx-b:2");
        assert_eq!(text(true), "x-a:b,c,z\nx-b:2");
    }

    #[test]
    fn the_signers_own_pairs_replace_the_callers() {
        let pairs = [("a", "1"), ("b", "2"), ("a", "3"), ("c", "5")];
        assert_eq!(replacing(&pairs, &["a", "c"], &[("a", "4")]), [("b", "2"), ("a", "4")]);
    }
}
