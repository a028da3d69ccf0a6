//! A stand-in for Tencent Cloud (CAM, STS, CVM metadata) and Alibaba Cloud (KMS, STS, ECS metadata, OSS) on loopback ports, for tests.
//!
//! It checks every signature with code of its own, keeps its own clock, rotates passwords, and fails on demand.
//! [`Emulator`] is the server, [`Proxy`] a small forward proxy to stand between it and a client.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod aliyun;
mod control;
mod control_input;
mod disruption;
mod fault;
mod files;
mod form;
mod handle;
mod http;
mod options;
mod protobuf;
mod proxy;
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

pub use aliyun::{ClientKey, Region, SecretKind};
pub use fault::{Fault, FaultKind};
pub use handle::Emulator;
pub use options::{EmulatorError, Options};
pub use proxy::Proxy;
pub use record::RecordedRequest;
