//! The token of a database account: `BuildDataFlowAuthToken` of CAM.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Class, Code, Error, Result};
use crate::log::{Level, Sink};
use crate::platform::{BoxFuture, Moment};
use crate::providers::tencent::answer::{CamAnswer, parse_cam};
use crate::providers::tencent::api::Caller;
use crate::providers::tencent::request::{Action, Parameter};
use crate::providers::tencent::{fallback, token};
use crate::providers::{
    CallResult, Context, Fetched, IdentitySource, Material, Notes, Origin, Provider, Windows, spawn_blocking_io,
};
use crate::secret::Secret;

const VERSION: &str = "2019-01-16";
/// The life of a password whose rotation is overdue, in milliseconds, as the official SDK has it.
const LIFE_WHEN_OVERDUE_MS: u64 = 5000;

/// Where a fallback password file may lie.
#[derive(Clone, Debug, Default)]
pub struct FallbackPaths {
    /// A configured file.
    pub file: Option<PathBuf>,
    /// A configured folder.
    pub folder: Option<PathBuf>,
    /// Where the folders of the official SDKs are looked for.
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
    /// An account, with the places of its fallback password. Refused where a name could lead out of their folders.
    pub fn new(region: &str, instance: &str, user: &str, places: &FallbackPaths) -> Result<Account> {
        let fallback_files = fallback::candidates(
            region,
            instance,
            user,
            places.file.as_deref(),
            places.folder.as_deref(),
            &places.working_directory,
        )?;
        Ok(Account { region: region.into(), instance: instance.into(), user: user.into(), fallback_files })
    }
}

/// Fetches an account's password.
pub struct DatabaseToken {
    account: Account,
    caller: Caller,
    identity: Box<dyn IdentitySource>,
    /// When a password is due whose rotation time the service does not give.
    assumed_life: Duration,
}

impl DatabaseToken {
    /// A fetcher of this account's password.
    pub fn new(
        account: Account,
        caller: Caller,
        identity: Box<dyn IdentitySource>,
        assumed_life: Duration,
    ) -> DatabaseToken {
        DatabaseToken { account, caller, identity, assumed_life }
    }

    fn fetched(&self, called: CallResult<CamAnswer>) -> Result<Fetched> {
        let CallResult { answer, sent_at, explanation, .. } = called;
        let account = &self.account;
        let password = token::password(&account.instance, &account.region, &account.user, answer.token.expose())
            .map_err(|error| error.with_request_id(answer.request_id.clone()))?;
        let after = |ms: u64| sent_at.after(Duration::from_millis(ms));
        let life = answer.life_ms().map(|ms| u64::try_from(ms).unwrap_or(0));
        let overdue =
            matches!((answer.current_time_ms, answer.next_rotation_time_ms), (Some(now), Some(next)) if next <= now);
        let rotation_due_at = answer
            .current_time_ms
            .zip(answer.next_rotation_time_ms)
            .map(|(now, next)| Moment::from_ms(sent_at.as_ms().saturating_add_signed(next.saturating_sub(now))));
        let windows = match life {
            // The password changes at that time, and asking earlier brings the same one: due and ended at once.
            Some(life) => {
                let end = after(if overdue { life.max(LIFE_WHEN_OVERDUE_MS) } else { life });
                Windows { renew_at: Some(end), mandatory_at: None, ends_at: Some(end) }
            }
            None => Windows { renew_at: Some(sent_at.after(self.assumed_life)), ..Windows::default() },
        };
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
            unsettled: overdue,
            degraded: None,
        })
    }
}

/// Whether the cloud, or the identity that it wants, cannot be had at present: nothing that it said.
fn is_out_of_reach(error: &Error) -> bool {
    match error.code() {
        Code::Network | Code::Timeout | Code::Tls => true,
        // 5xx, an internal error, or something in between that answers in its place.
        Code::Service | Code::Malformed => error.class() == Class::Transient,
        Code::NoIdentity => error.class() == Class::Unknown,
        _ => false,
    }
}

fn first_password(files: &[PathBuf], log: &Sink) -> Option<Secret> {
    for path in files {
        match fallback::read(path) {
            Ok(None) => log.write(Level::Debug, || format!("fallback password file {}: there is none", path.display())),
            Ok(found) => {
                log.write(Level::Warn, || format!("fallback password file {} is used", path.display()));
                return found;
            }
            Err(problem) => log.write(Level::Warn, || problem.to_string()),
        }
    }
    None
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
            let called = self.caller.signed(context, &*self.identity, &action, &account.region, parse_cam).await?;
            self.fetched(called)
        })
    }

    fn is_encrypted(&self) -> bool {
        self.caller.endpoint.scheme == "https"
    }

    fn fall_back<'a>(&'a self, context: &'a Context, error: Error) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            // Only where the cloud cannot be reached, and never in place of a password that is still good.
            if context.has_usable || !is_out_of_reach(&error) {
                return Err(error);
            }
            let files = self.account.fallback_files.clone();
            let log = context.log.clone();
            let found = spawn_blocking_io(move || Ok(first_password(&files, &log))).await;
            let Ok(Some(password)) = found else { return Err(error) };
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
