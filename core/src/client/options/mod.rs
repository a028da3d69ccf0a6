//! The tables of all options. They check the values that are set, and `docs/CONFIGURATION.md` is generated from them.
//! A cloud adds its prefix and its tables here; `spec` describes one option.

mod general;
pub(in crate::client) mod spec;

pub use spec::{About, Scope, Spec, Takes};

use crate::client::{aliyun, tencent};

/// The prefix of the options of each cloud.
pub const CLOUDS: [&str; 2] = [tencent::CLOUD, aliyun::CLOUD];

/// The tables, in the order of the documentation.
const TABLES: [&[Spec]; 4] = [general::TABLE, tencent::OPTIONS, aliyun::OPTIONS, aliyun::IDENTITY_OPTIONS];

/// Every option, in the order of the documentation.
pub fn every() -> impl Iterator<Item = &'static Spec> {
    TABLES.into_iter().flatten()
}

/// The option with a name.
pub fn find(name: &str) -> Option<&'static Spec> {
    every().find(|spec| spec.name == name)
}

/// The option with the most similar name, if one is similar enough.
pub fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase().replace('-', "_");
    every()
        .map(|spec| (distance(&name, spec.name), spec.name))
        .min()
        .filter(|(distance, candidate)| *distance <= candidate.len().max(name.len()) / 2)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be added, removed or replaced (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, letter) in left.chars().enumerate() {
        let mut diagonal = line;
        let mut before = line + 1;
        let mut next = vec![before];
        for (other, above) in right.iter().zip(row.iter().skip(1)) {
            let value = (diagonal + usize::from(letter != *other)).min(above + 1).min(before + 1);
            diagonal = *above;
            before = value;
            next.push(value);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
