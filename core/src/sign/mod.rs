//! Request signatures: pure functions, one file per signature. `encode`, `headers`, `mac`, `rsa` and `utc` are shared. May use
//! `calendar` and the leaves. The caller supplies all input, including the time, so that each signature can be compared
//! with a recorded one. Start with `tc3` or `acs3`.

pub mod acs3;
pub mod aliyun_rpc;
pub mod dkms;
pub mod encode;
mod headers;
mod mac;
pub mod oss_v1;
pub mod oss_v4;
pub mod rsa;
pub mod tc3;
pub mod tencent_legacy;
pub mod utc;
