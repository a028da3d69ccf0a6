//! Emulates Tencent Cloud (CAM, STS, CVM metadata) and Alibaba Cloud (KMS, STS, ECS metadata, OSS) on loopback ports, for tests.
//!
//! [`Emulator`] is the server, [`Proxy`] a forward proxy between it and a client. `tencent` and `aliyun` use what is at the
//! root; of the root only `service`, `control` and `state` use them. Start at `service`: it hands each request to its cloud.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod action;
mod aliyun;
mod body;
mod control;
mod control_input;
mod disruption;
mod fault;
mod files;
mod form;
mod handle;
mod http;
mod nonce;
mod options;
mod protobuf;
mod proxy;
mod reader;
mod record;
mod refusal;
mod reply;
mod server;
mod service;
mod shared;
mod signature;
mod state;
mod store;
mod tencent;
mod tls;
mod util;

pub use action::{ActionAnswer, Cloud};
pub use aliyun::{ClientKey, Region, SecretKind};
pub use fault::{Fault, FaultKind};
pub use handle::Emulator;
pub use options::{EmulatorError, Options};
pub use proxy::Proxy;
pub use record::RecordedRequest;
