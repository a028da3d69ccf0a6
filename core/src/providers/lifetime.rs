//! The lifetime of login identities, for all clouds.

use std::time::Duration;

use crate::error::{Code, Error, Result};
use crate::platform::Moment;
use crate::providers::{Context, Fetched, Material, Notes, ServerTime, Windows};

/// A temporary identity is renewed this long before it expires, if its lifetime is long enough.
const RENEW_BEFORE_END: Duration = Duration::from_secs(15 * 60);
/// The assumed lifetime of a temporary identity without a known expiration.
const ASSUMED_LIFE: Duration = Duration::from_secs(15 * 60);
/// The longest lifetime that is believed: no service grants a longer one, so a longer one comes from a wrong clock.
const MAX_LIFE: Duration = Duration::from_secs(36 * 3600);
/// During the last minute before the expiration, `get` waits for a new identity.
const MANDATORY_BEFORE_END: Duration = Duration::from_secs(60);

impl Fetched {
    /// An identity that does not expire.
    pub fn lasting(material: Material, explanation: String) -> Fetched {
        Fetched {
            material,
            windows: Windows::default(),
            notes: Notes { explanation: Some(explanation), ..Notes::default() },
            unsettled: false,
            degraded: None,
        }
    }

    /// A temporary identity that expires at `expires_ms` on the server's clock. `server_time` is the server's time in the
    /// answer to a request that was sent at `sent_at`, from where its lifetime is counted. Without `expires_ms`, a lifetime
    /// of 15 minutes is assumed; a longer one than 36 hours is not believed.
    ///
    /// # Errors
    /// [`Code::Malformed`] when it has already expired.
    pub fn temporary(
        context: &Context,
        material: Material,
        explanation: String,
        sent_at: Moment,
        server_time: ServerTime,
        expires_ms: Option<i64>,
    ) -> Result<Fetched> {
        let windows = match expires_ms {
            None => windows(sent_at, ASSUMED_LIFE, context.platform.random()),
            Some(expires_ms) => {
                let life = server_time.until(expires_ms);
                let life = life.ok_or_else(|| Error::new(Code::Malformed, "the identity has already expired"))?;
                windows(sent_at, life.min(MAX_LIFE), context.platform.random())
            }
        };
        Ok(Fetched { windows, ..Fetched::lasting(material, explanation) })
    }
}

/// Renewal is due at 80 % of the lifetime or 15 minutes before the expiration, whichever is earlier. A random part of
/// up to 5 % makes it earlier, so that machines that started together do not send their requests together.
fn windows(sent_at: Moment, life: Duration, random: f64) -> Windows {
    let early = life.mul_f64(0.8);
    // With a lifetime below 30 minutes, the second rule would make it due from the start.
    let due = if life > 2 * RENEW_BEFORE_END { early.min(life - RENEW_BEFORE_END) } else { early };
    let due = due.mul_f64(1.0 - random / 20.0);
    let mandatory = life.saturating_sub(MANDATORY_BEFORE_END).max(life.mul_f64(0.9));
    Windows {
        renew_at: Some(sent_at.after(due)),
        mandatory_at: Some(sent_at.after(mandatory)),
        ends_at: Some(sent_at.after(life)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_depend_on_the_lifetime() {
        let start = Moment::from_ms(1_000);
        let hours = windows(start, Duration::from_secs(7200), 0.0);
        assert_eq!(hours.renew_at, Some(start.after(Duration::from_secs(5760))));
        assert_eq!(hours.mandatory_at, Some(start.after(Duration::from_secs(7140))));
        let hour = windows(start, Duration::from_secs(3600), 0.0);
        assert_eq!(hour.renew_at, Some(start.after(Duration::from_secs(2700))));
        let minutes = windows(start, Duration::from_secs(600), 0.0);
        assert_eq!(minutes.renew_at, Some(start.after(Duration::from_secs(480))));
        let short = windows(start, Duration::from_secs(10), 1.0);
        assert!(
            start < short.renew_at.unwrap()
                && short.renew_at < short.mandatory_at
                && short.mandatory_at < short.ends_at
        );
    }
}
