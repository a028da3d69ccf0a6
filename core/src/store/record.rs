//! A value as it is stored: what was fetched, and when that was on clocks that another process can read.

use std::time::Duration;

use zeroize::Zeroizing;

use crate::platform::{Moment, Platform};
use crate::providers::{Fetched, Kind, Material, Notes, Origin, SecretFacts, Windows};
use crate::secret::Secret;

/// The kinds that are stored; never a login identity's private key.
const KINDS: [Kind; 4] = [Kind::Database, Kind::AccessKey, Kind::Text, Kind::Binary];
/// Stands for a moment or number that there is not.
const NONE: i64 = i64::MIN;

/// A value with its times, in milliseconds on the writer's clocks.
pub(super) struct Record {
    pub(super) material: Material,
    /// What the writer's steady clock counts from; empty: what only it knows.
    boot: String,
    /// When it was asked for, on the steady clock and on the wall clock.
    asked: i64,
    asked_wall: i64,
    renew: Option<i64>,
    mandatory: Option<i64>,
    ends: Option<i64>,
    /// What else the answer said, as far as it is true of any process.
    notes: Notes,
}

impl Record {
    /// What is kept of a value that was asked for at `asked`.
    pub(super) fn of(fetched: &Fetched, platform: &dyn Platform, asked: Moment) -> Record {
        let ago = signed(platform.now()).saturating_sub(signed(asked));
        let windows = fetched.windows;
        Record {
            material: fetched.material.clone(),
            boot: platform.boot_id().unwrap_or_default(),
            asked: signed(asked),
            asked_wall: platform.wall_ms().saturating_sub(ago),
            renew: windows.renew_at.map(signed),
            mandatory: windows.mandatory_at.map(signed),
            ends: windows.ends_at.map(signed),
            notes: Notes {
                rotation_status: fetched.notes.rotation_status.clone(),
                last_rotation_cost_ms: fetched.notes.last_rotation_cost_ms,
                secret: fetched.notes.secret.clone(),
                ..Notes::default()
            },
        }
    }

    /// As bytes: each field with its length before it, so that nothing is copied that would have to be wiped.
    pub(super) fn write(&self) -> Zeroizing<Vec<u8>> {
        let material = &self.material;
        let kind = KINDS.iter().position(|kind| *kind == material.kind).unwrap_or(KINDS.len()).to_string();
        let facts = &self.notes.secret;
        let number = |number: Option<i64>| number.unwrap_or(NONE).to_string();
        let numbers = [
            number(Some(self.asked)),
            number(Some(self.asked_wall)),
            number(self.renew),
            number(self.mandatory),
            number(self.ends),
            number(self.notes.last_rotation_cost_ms),
            number(facts.generated_at_ms),
            number(facts.next_rotation_at_ms),
            number(facts.rotation_interval_ms),
        ];
        let texts = [&self.notes.rotation_status, &facts.secret_type, &facts.sub_type, &facts.automatic_rotation];
        let secrets = secrets(material);
        let mut fields: Vec<&[u8]> = vec![kind.as_bytes()];
        fields.extend(secrets.iter().map(|secret| secret.expose_bytes()));
        fields.push(self.boot.as_bytes());
        fields.extend(texts.iter().map(|text| text.as_deref().unwrap_or_default().as_bytes()));
        fields.extend(numbers.iter().map(|number| number.as_bytes()));
        let mut bytes = Zeroizing::new(Vec::with_capacity(fields.iter().map(|field| field.len() + 4).sum()));
        for field in fields {
            bytes.extend_from_slice(&u32::try_from(field.len()).unwrap_or(u32::MAX).to_le_bytes());
            bytes.extend_from_slice(field);
        }
        bytes
    }

    /// Reads what [`Record::write`] wrote.
    pub(super) fn read(bytes: &[u8]) -> Option<Record> {
        let mut rest = bytes;
        let mut field = || {
            let (length, after) = rest.split_first_chunk::<4>()?;
            let (field, after) = after.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
            rest = after;
            Some(field)
        };
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(String::from);
        let number = |bytes: &[u8]| text(bytes)?.parse::<i64>().ok();
        let kind = *KINDS.get(usize::try_from(number(field()?)?).ok()?)?;
        let mut secret = || field().map(Secret::from_bytes);
        let material = Material {
            kind,
            origin: Origin::FileCache,
            username: secret()?,
            password: secret()?,
            access_key_id: secret()?,
            access_key_secret: secret()?,
            security_token: secret()?,
            value: secret()?,
            version_id: secret()?,
        };
        let boot = text(field()?)?;
        let mut text = || text(field()?).map(|text| Some(text).filter(|text| !text.is_empty()));
        let [rotation_status, secret_type, sub_type, automatic_rotation] = [text()?, text()?, text()?, text()?];
        let mut number = || number(field()?).map(|number| Some(number).filter(|number| *number != NONE));
        Some(Record {
            material,
            boot,
            asked: number()??,
            asked_wall: number()??,
            renew: number()?,
            mandatory: number()?,
            ends: number()?,
            notes: Notes {
                rotation_status,
                last_rotation_cost_ms: number()?,
                secret: SecretFacts {
                    secret_type,
                    sub_type,
                    generated_at_ms: number()?,
                    next_rotation_at_ms: number()?,
                    rotation_interval_ms: number()?,
                    automatic_rotation,
                },
                ..Notes::default()
            },
        })
    }

    /// Where its times lie now, on this process' clocks.
    pub(super) fn placed(&self, platform: &dyn Platform) -> Placed {
        let now = signed(platform.now());
        let same_boot = !self.boot.is_empty() && platform.boot_id().as_deref() == Some(self.boot.as_str());
        let age = if same_boot {
            now.saturating_sub(self.asked)
        } else {
            // The steady clock counts from somewhere else now. The wall clock may have been set in between.
            platform.wall_ms().saturating_sub(self.asked_wall)
        };
        // Asked for in the future: a clock is wrong, and nobody knows how much of its life is left.
        let unknown = age < 0;
        let until = |moment: Option<i64>| {
            moment.map(|moment| if unknown { 0 } else { moment.saturating_sub(self.asked).saturating_sub(age) })
        };
        Placed {
            now,
            age: u64::try_from(age).ok().map(Duration::from_millis),
            renew: if unknown { Some(0) } else { until(self.renew) },
            mandatory: until(self.mandatory),
            ends: until(self.ends),
        }
    }

    /// Whether `other`, of the same boot, says the same.
    pub(super) fn agrees_with(&self, other: &Record) -> bool {
        let near = |left: Option<i64>, right: Option<i64>| match (left, right) {
            (Some(left), Some(right)) => left.abs_diff(right) <= 1000,
            (left, right) => left == right,
        };
        self.boot == other.boot
            && self.material.same_as(&other.material)
            && near(self.renew, other.renew)
            && near(self.mandatory, other.mandatory)
            && near(self.ends, other.ends)
    }

    /// As a provider hands it on.
    pub(super) fn fetched(&self, windows: Windows, ago: Duration) -> Fetched {
        Fetched {
            material: self.material.clone(),
            windows,
            notes: Notes { confirmed_ago: Some(ago), ..self.notes.clone() },
            unsettled: false,
            degraded: None,
        }
    }
}

/// The times of a kept value, seen from now: milliseconds from now on, negative where they have passed.
pub(super) struct Placed {
    now: i64,
    /// How long ago it was asked for; `None`: in the future, by a clock that is wrong.
    pub(super) age: Option<Duration>,
    renew: Option<i64>,
    mandatory: Option<i64>,
    ends: Option<i64>,
}

impl Placed {
    pub(super) fn is_due(&self) -> bool {
        self.renew.is_some_and(|left| left <= 0)
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ends.is_some_and(|left| left <= 0)
    }

    /// Whether it may still be handed out while the cloud cannot be reached, so long after its end or, where none is known,
    /// its renewal.
    pub(super) fn is_bearable(&self, max_stale: Duration) -> bool {
        let patience = i64::try_from(max_stale.as_millis()).unwrap_or(i64::MAX);
        // An end from before the clock's start cannot be told to the cache: it would count the patience from there.
        let can_be_told = self.ends.is_none_or(|left| left.saturating_add(self.now) > 0);
        can_be_told && self.ends.or(self.renew).is_none_or(|left| left.saturating_add(patience) > 0)
    }

    /// When it was asked for, on this process' steady clock; its start where that was before.
    pub(super) fn asked_at(&self) -> Moment {
        let age = self.age.unwrap_or_default().as_millis();
        moment(self.now.saturating_sub(i64::try_from(age).unwrap_or(i64::MAX)))
    }

    pub(super) fn windows(&self) -> Windows {
        let at = |left: Option<i64>| left.map(|left| moment(self.now.saturating_add(left)));
        Windows { renew_at: at(self.renew), mandatory_at: at(self.mandatory), ends_at: at(self.ends) }
    }
}

fn secrets(material: &Material) -> [&Secret; 7] {
    [
        &material.username,
        &material.password,
        &material.access_key_id,
        &material.access_key_secret,
        &material.security_token,
        &material.value,
        &material.version_id,
    ]
}

fn signed(moment: Moment) -> i64 {
    i64::try_from(moment.as_ms()).unwrap_or(i64::MAX)
}

fn moment(ms: i64) -> Moment {
    Moment::from_ms(u64::try_from(ms).unwrap_or(0))
}
