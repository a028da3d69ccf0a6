//! A stand-in for Tencent Cloud (CAM, STS, CVM metadata) and Alibaba Cloud (KMS, STS, ECS metadata, OSS) on loopback ports, for tests.
//!
//! It checks every signature with code of its own, keeps its own clock, rotates passwords, and fails on demand.
//! [`Emulator`] is the server, [`Proxy`] a small forward proxy to stand between it and a client.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod account;
mod aliyun;
mod auth;
mod cam;
mod control;
mod control_input;
mod database;
mod fault;
mod handle;
mod http;
mod metadata;
mod options;
mod params;
mod protobuf;
mod proxy;
mod record;
mod reply;
mod server;
mod service;
mod shared;
mod sign;
mod state;
mod store;
mod sts;
mod tls;
mod token;
mod util;

pub use aliyun::{ClientKey, Region, SecretKind};
pub use fault::{Fault, FaultKind};
pub use handle::Emulator;
pub use options::{EmulatorError, Options};
pub use proxy::Proxy;
pub use record::RecordedRequest;

#[cfg(test)]
mod vector_tests;
