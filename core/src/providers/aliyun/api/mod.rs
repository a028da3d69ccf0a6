//! The protocols of Alibaba Cloud's OpenAPI: builds and signs requests, reads answers and errors. Pure functions,
//! without clock, network or environment. Start with `acs3` (requests) and `envelope` (answers).

pub mod acs3;
pub mod codes;
pub mod endpoint;
pub mod envelope;
pub(super) mod failure;
pub mod rpc;
pub mod sts;
