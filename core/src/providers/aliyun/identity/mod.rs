//! Login identities of Alibaba Cloud, which sign the requests. One file for each kind; `local` has what they share. Nothing is
//! cached here.
//!
//! Facts: `credentials` of the official SDKs, alibabacloud-credentials 1.0.12 (Python) and credentials-go; names of variables,
//! keys of files and the order of the default chain are from there.

mod client_key_file;
mod command_line;
mod config_file;
mod credentials_uri;
mod ecs_ram_role;
mod local;
mod process;
mod profile_file;
mod role;

pub use client_key_file::{ClientKeyFile, KeyPassword};
pub use command_line::split as split_command;
pub use config_file::ConfigFile;
pub use credentials_uri::CredentialsUri;
pub use ecs_ram_role::{EcsRamRole, Metadata};
pub use local::{EnvironmentKey, MissingSetting};
pub use process::Process;
pub use profile_file::ProfileFile;
pub use role::{AssumedRole, OidcRole, Role, Sts, role_in_environment};

use std::time::Duration;

/// The settings of identities that a profile describes but does not contain.
#[derive(Clone, Debug)]
pub struct Setup {
    /// STS.
    pub sts: Sts,
    /// The metadata service.
    pub metadata: Metadata,
    /// The time limit of a program that prints keys.
    pub process_timeout: Duration,
}

/// The limit of chained roles, each assumed with the one before: more are a mistake.
pub const MAX_CHAINED_ROLES: usize = 8;
