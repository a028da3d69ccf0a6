//! Login identities of Alibaba Cloud: who asks. One provider a file; nothing is kept here, the cache above does.
//!
//! Facts: `credentials` of the official SDKs, alibabacloud-credentials 1.0.12 (Python) and credentials-go; names of variables,
//! keys of files and the order of the default chain are theirs.

mod client_key_file;
mod command_line;
mod config_file;
mod credentials_uri;
mod ecs_ram_role;
mod local;
mod process;
mod profile_file;
mod role;
mod uncached;

pub use client_key_file::{ClientKeyFile, KeyPassword};
pub use command_line::split as split_command;
pub use config_file::ConfigFile;
pub use credentials_uri::CredentialsUri;
pub use ecs_ram_role::{EcsRamRole, Metadata};
pub use local::{EnvironmentKey, Missing};
pub use process::Process;
pub use profile_file::ProfileFile;
pub use role::{AssumedRole, OidcRole, Role, Sts, role_in_environment};

use std::time::Duration;

/// What an identity that a profile describes needs beside the profile.
#[derive(Clone, Debug)]
pub struct Setup {
    /// How STS is asked.
    pub sts: Sts,
    /// How the metadata service is asked.
    pub metadata: Metadata,
    /// How long a program may take that prints keys.
    pub process_timeout: Duration,
}

/// How many roles may be assumed one by the other: more are a mistake.
pub const MAX_CHAINED_ROLES: usize = 8;
