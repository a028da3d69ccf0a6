//! The provider for a database account's password: `BuildDataFlowAuthToken` of CAM.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::log::Level;
use crate::platform::BoxFuture;
use crate::providers::tencent::answer::{CamAnswer, LIFE_WHEN_OVERDUE_MS, parse_cam};
use crate::providers::tencent::api::Caller;
use crate::providers::tencent::request::{Action, Parameter};
use crate::providers::tencent::rotation_times::{self, Rotation};
use crate::providers::tencent::{fallback, token};
use crate::providers::{CallResult, Context, Fetched, IdentitySource, Material, Notes, Origin, Provider, Windows};
use crate::secret::Secret;

const VERSION: &str = "2019-01-16";

/// The paths where a fallback password file can be.
#[derive(Clone, Debug, Default)]
pub struct FallbackPaths {
    /// A configured file.
    pub file: Option<PathBuf>,
    /// A configured folder.
    pub folder: Option<PathBuf>,
    /// The directory with the folders of the official SDKs.
    pub working_directory: PathBuf,
}

/// A database account.
#[derive(Clone, Debug)]
pub struct Account {
    region: String,
    instance: String,
    user: String,
    fallback_files: Vec<PathBuf>,
}

impl Account {
    /// An account with the paths of its fallback password.
    ///
    /// # Errors
    /// As [`fallback::candidates`]: a name must not lead out of the folders.
    pub fn new(region: &str, instance: &str, user: &str, paths: &FallbackPaths) -> Result<Account> {
        let fallback_files = fallback::candidates(
            region,
            instance,
            user,
            paths.file.as_deref(),
            paths.folder.as_deref(),
            &paths.working_directory,
        )?;
        Ok(Account { region: region.into(), instance: instance.into(), user: user.into(), fallback_files })
    }
}

/// Fetches an account's password.
pub struct DatabaseToken {
    account: Account,
    caller: Caller,
    identity: Box<dyn IdentitySource>,
    /// When a password is fetched again whose next rotation is not known.
    assumed_life: Duration,
}

impl DatabaseToken {
    /// A provider for this account's password.
    pub fn new(
        account: Account,
        caller: Caller,
        identity: Box<dyn IdentitySource>,
        assumed_life: Duration,
    ) -> DatabaseToken {
        DatabaseToken { account, caller, identity, assumed_life }
    }

    fn fetched(&self, result: CallResult<CamAnswer>) -> Result<Fetched> {
        let CallResult { answer, sent_at, explanation, .. } = result;
        let account = &self.account;
        let password = token::password(&account.instance, &account.region, &account.user, answer.token.expose())
            .map_err(|error| error.with_request_id(answer.request_id.clone()))?;
        let (rotation, rotation_due_at) = rotation_times::rotation(&answer, sent_at);
        let ends_at = match rotation {
            Rotation::In(life) => Some(sent_at.after(life)),
            Rotation::Overdue => Some(sent_at.after(Duration::from_millis(LIFE_WHEN_OVERDUE_MS.unsigned_abs()))),
            Rotation::Unknown => None,
        };
        // An earlier fetch returns the same password, so renewal and end coincide, unless an administrator resets it: the
        // poll finds that.
        let renew_at = ends_at.unwrap_or_else(|| sent_at.after(self.assumed_life));
        let windows = Windows { renew_at: Some(renew_at), mandatory_at: None, ends_at };
        Ok(Fetched {
            material: Material::database(Origin::Cloud, &account.user, password),
            windows,
            notes: Notes {
                rotation_status: answer.rotation_status,
                last_rotation_cost_ms: answer.last_rotation_cost_ms,
                rotation_due_at,
                explanation,
                clock_skew_ms: self.caller.clock.skew_ms(),
                ..Notes::default()
            },
            unsettled: rotation == Rotation::Overdue,
            degraded: None,
        })
    }
}

/// The password in the first usable file, and what the log gets: a file may hang, so the log is written afterwards.
fn first_password(files: &[PathBuf]) -> (Option<Secret>, Vec<(Level, String)>) {
    let mut lines = Vec::new();
    for path in files {
        match fallback::read(path) {
            Ok(None) => lines.push((Level::Debug, format!("fallback password file {} does not exist", path.display()))),
            Ok(found) => {
                lines.push((Level::Warn, format!("fallback password file {} is used", path.display())));
                return (found, lines);
            }
            Err(problem) => lines.push((Level::Warn, problem.to_string())),
        }
    }
    (None, lines)
}

impl Provider for DatabaseToken {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let account = &self.account;
            let parameters = [
                ("ResourceId", Parameter::Text(account.instance.clone())),
                ("ResourceRegion", Parameter::Text(account.region.clone())),
                ("ResourceAccount", Parameter::Text(account.user.clone())),
            ];
            let action =
                Action { service: "cam", version: VERSION, action: "BuildDataFlowAuthToken", parameters: &parameters };
            let result = self.caller.signed(context, &*self.identity, &action, &account.region, parse_cam).await?;
            self.fetched(result)
        })
    }

    fn is_encrypted(&self) -> bool {
        self.caller.endpoint.scheme == "https"
    }

    fn fall_back<'a>(&'a self, context: &'a Context, error: Error) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            // Only while the cloud is unavailable, and never instead of a password that is still valid.
            if context.has_usable || !error.cloud_could_not_be_asked() {
                return Err(error);
            }
            let files = self.account.fallback_files.clone();
            let key = files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join("\n");
            let (found, lines) = match context.read_files(&key, move || Ok(first_password(&files))).await {
                Ok(read) => read,
                Err(problem) => (None, vec![(Level::Warn, format!("fallback password file: {problem}"))]),
            };
            for (level, line) in lines {
                context.log.write(level, || line);
            }
            let Some(password) = found else { return Err(error) };
            let now = context.platform.now();
            Ok(Fetched {
                material: Material::database(Origin::FallbackFile, &self.account.user, password),
                windows: Windows { renew_at: Some(now), mandatory_at: None, ends_at: Some(now.after(fallback::LIFE)) },
                notes: Notes::default(),
                unsettled: false,
                degraded: Some(error),
            })
        })
    }
}
