//! Tencent Cloud: database tokens of CAM, and login identities. `request` builds requests, `answer` and `envelope` read
//! answers, `token` and `fallback` read passwords, `rotation_times` says when they change. Start with `database` (the provider).

pub mod answer;
pub mod api;
pub mod codes;
pub mod database;
mod envelope;
pub mod fallback;
pub mod identity;
pub mod request;
mod rotation_times;
pub mod token;
pub mod validate;
