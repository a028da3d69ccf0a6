//! OSS: buckets that check signatures and keep small objects in memory. Start at [`service`].

pub(crate) mod bucket;
pub(crate) mod list;
pub(crate) mod request;
pub(crate) mod service;
pub(crate) mod signature;

#[cfg(test)]
mod vector_tests;
