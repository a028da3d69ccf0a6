//! Request signing: pure functions.
//!
//! Nothing here reads a clock, an environment or a file: the caller hands everything over, so that each signature can be
//! compared with recorded ones.

pub mod acs3;
pub mod aliyun_rpc;
pub mod dkms;
pub mod encode;
mod mac;
pub mod oss_v1;
pub mod oss_v4;
pub mod rsa;
pub mod tc3;
pub mod tencent_legacy;
pub mod utc;
