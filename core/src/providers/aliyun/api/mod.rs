//! The protocols of Alibaba Cloud's OpenAPI: requests are built and signed here, answers and errors are read. Pure functions:
//! no clock, no network, no environment. Start with `acs3` (signing) and `envelope` (answers).

pub mod acs3;
pub mod codes;
pub mod endpoint;
pub mod envelope;
pub(super) mod failure;
pub mod rpc;
pub mod sts;
