//! Login identities of Tencent Cloud, which sign the requests: keys of the machine (`local`, `command_line`), the role of a CVM instance
//! (`cvm_role`), roles from STS (`role`). Nothing is cached here.

mod command_line;
mod cvm_role;
mod local;
mod role;

pub use command_line::CommandLineProfile;
pub use cvm_role::CvmRole;
pub use local::{EnvironmentKey, ProfileKey};
pub use role::{AssumedRole, Role, WebIdentity, role_in_environment};
