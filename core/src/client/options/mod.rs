//! The tables of all options. They check the values that are set, and `docs/CONFIGURATION.md` is generated from them.
//! A cloud adds its prefix and its tables here; `spec` describes one option.

pub(in crate::client) mod checks;
mod general;
pub(in crate::client) mod nearest;
pub(in crate::client) mod spec;

pub use spec::{About, Check, Scope, Spec, Takes};

use crate::client::{aliyun, tencent};

/// The prefix of the options of each cloud.
pub const CLOUDS: [&str; 2] = [tencent::CLOUD, aliyun::CLOUD];

/// The default of the option `rejected_codes` for the login identities of a cloud.
pub(in crate::client) fn rejected_keys(cloud: &str) -> &'static [&'static str] {
    match cloud {
        tencent::CLOUD => tencent::REJECTED_KEYS,
        aliyun::CLOUD => aliyun::REJECTED_KEYS,
        _ => &[],
    }
}

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
    nearest::nearest_of(name, every().map(|spec| spec.name))
}
