//! OSS: signature checks, and small objects in memory. It may use `aliyun` and the root. Start at [`service`].

pub(crate) mod auth;
pub(crate) mod bucket;
pub(crate) mod list;
pub(crate) mod operation;
pub(crate) mod request;
pub(crate) mod service;
pub(crate) mod signature;

#[cfg(test)]
mod operation_tests;
#[cfg(test)]
mod refusal_tests;
#[cfg(test)]
mod vector_tests;
