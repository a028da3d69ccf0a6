//! Login identities of Tencent Cloud: who signs the requests.

mod cvm_role;
mod local;
mod role;

pub use cvm_role::CvmRole;
pub use local::{EnvironmentKey, ProfileKey};
pub use role::{AssumedRole, Role, WebIdentity};
