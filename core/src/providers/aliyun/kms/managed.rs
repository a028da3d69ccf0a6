//! The provider for a managed secret: `GetSecretValue` of KMS Secrets Manager.

use std::time::Duration;

use crate::error::Result;
use crate::platform::{BoxFuture, Moment};
use crate::providers::aliyun::kms::answer::SecretAnswer;
use crate::providers::aliyun::kms::backend::{Backend, SecretQuery};
use crate::providers::aliyun::kms::failover::Failover;
use crate::providers::aliyun::kms::material::{facts, material, version_id};
use crate::providers::aliyun::kms::schedule;
use crate::providers::{CallResult, Context, Fetched, Notes, Provider, Windows};

/// Fetches a secret: an access key, a user name and password, a text, or bytes.
pub struct ManagedSecret {
    /// The secret's name and the stage of the version.
    pub query: SecretQuery,
    /// The backends that have the secret.
    pub backends: Failover,
    /// A random delay that spreads the renewals of many processes, in milliseconds. As in the official plugin, it is
    /// constant for the lifetime of the source, from 0 to 10 minutes.
    pub disturbance_ms: i64,
}

impl ManagedSecret {
    fn fetched(&self, result: CallResult<SecretAnswer>, backend: &Backend) -> Result<Fetched> {
        let CallResult { answer, sent_at, server_time, explanation } = result;
        let server_ms = server_time.ms();
        let found = material(&answer).map_err(|error| error.with_request_id(answer.request_id.clone()));
        let (mut material, ends_at_ms) = found?;
        material.version_id = version_id(&answer);
        // When a rotation is overdue, the expiration has passed, but the key still works.
        let ends_at_ms = ends_at_ms.filter(|end| *end > server_ms);
        // The cloud's times are converted to durations from the moment before the request.
        let after = |moment_ms: i64| {
            sent_at.after(Duration::from_millis(u64::try_from(moment_ms.saturating_sub(server_ms)).unwrap_or(0)))
        };
        let rotation_due_at = schedule::rotation_ms(&answer)
            .map(|due| Moment::from_ms(sent_at.as_ms().saturating_add_signed(due.saturating_sub(server_ms))));
        let renew_at_ms = schedule::renew_at_ms(&answer, server_ms, self.disturbance_ms);
        let renew_at_ms = ends_at_ms.map_or(renew_at_ms, |end| renew_at_ms.min(end));
        Ok(Fetched {
            material,
            windows: Windows { renew_at: Some(after(renew_at_ms)), mandatory_at: None, ends_at: ends_at_ms.map(after) },
            notes: Notes {
                explanation,
                endpoint: Some(backend.host().to_owned()),
                clock_skew_ms: backend.skew_ms(),
                secret: facts(&answer),
                rotation_due_at,
                ..Notes::default()
            },
            unsettled: false,
            degraded: None,
        })
    }
}

impl Provider for ManagedSecret {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let (result, backend) = self.backends.fetch(context, &self.query).await?;
            self.fetched(result, backend)
        })
    }

    fn is_encrypted(&self) -> bool {
        self.backends.are_verified()
    }
}
