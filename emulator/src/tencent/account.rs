//! Database accounts whose password the service rotates.

use serde::{Deserialize, Serialize};

use super::database::Database;
use crate::util::random_password;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) region: String,
    pub(crate) instance: String,
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) previous: Option<String>,
    pub(crate) last_rotation_ms: i64,
    pub(crate) next_rotation_ms: i64,
    pub(crate) rotations: u64,
    pub(crate) enabled: bool,
}

impl Account {
    pub(crate) fn new(region: &str, instance: &str, user: &str, now: i64, period: i64) -> Account {
        Account {
            region: region.to_owned(),
            instance: instance.to_owned(),
            user: user.to_owned(),
            password: random_password(),
            previous: None,
            last_rotation_ms: now,
            next_rotation_ms: now.saturating_add(period),
            rotations: 0,
            enabled: true,
        }
    }

    pub(crate) fn is(&self, region: &str, instance: &str, user: &str) -> bool {
        self.region == region && self.instance == instance && self.user == user
    }

    /// A new password, in the database first: if that fails, nothing has changed.
    pub(crate) fn rotate(
        &mut self,
        database: Option<&mut Database>,
        password: String,
        at: i64,
        period: i64,
    ) -> Result<(), String> {
        if let Some(database) = database {
            database.set_password(&self.user, &password)?;
        }
        self.previous = Some(std::mem::replace(&mut self.password, password));
        self.last_rotation_ms = at;
        self.next_rotation_ms = at.saturating_add(period);
        self.rotations += 1;
        Ok(())
    }

    /// The rotation that is due by the schedule, at the slot it was due; `None` if none is.
    /// Slots that were slept through (a clock moved by days) count as one rotation, at the last of them.
    pub(crate) fn due(&self, now: i64, period: i64) -> Option<i64> {
        if !self.enabled || self.next_rotation_ms > now {
            return None;
        }
        let missed = (now - self.next_rotation_ms) / period.max(1);
        Some(self.next_rotation_ms.saturating_add(missed.saturating_mul(period)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedule() {
        let mut account = Account::new("r", "i", "u", 1000, 100);
        assert_eq!(account.due(1099, 100), None);
        assert_eq!(account.due(1100, 100), Some(1100));
        assert_eq!(account.due(1350, 100), Some(1300));
        let old = account.password.clone();
        account.rotate(None, "new".into(), 1300, 100).unwrap();
        assert_eq!((account.last_rotation_ms, account.next_rotation_ms), (1300, 1400));
        assert_eq!(account.previous.as_deref(), Some(old.as_str()));
        account.enabled = false;
        assert_eq!(account.due(9999, 100), None);
    }
}
