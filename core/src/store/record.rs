//! A value as it is stored: what was fetched, and its times on clocks that another process can read.

use std::time::Duration;

use zeroize::Zeroizing;

use crate::platform::{Moment, Platform};
use crate::providers::{Fetched, Kind, Material, Notes, Origin, SecretFacts, Windows};
use crate::secret::Secret;

/// The kinds that are stored. The private key of a login identity is never stored.
const KINDS: [Kind; 4] = [Kind::Database, Kind::AccessKey, Kind::Text, Kind::Binary];
/// The stored form of `None`.
const NONE: i64 = i64::MIN;

/// A value with its times, in milliseconds on the writer's clocks.
pub(super) struct Record {
    pub(super) material: Material,
    /// The id of the boot from which the writer's steady clock counts. Empty if it is not known.
    boot: String,
    /// When it was fetched, on the steady clock and on the wall clock.
    fetched_at: i64,
    fetched_at_wall: i64,
    renew_at: Option<i64>,
    mandatory_at: Option<i64>,
    ends_at: Option<i64>,
    /// Those facts from the answer that are valid for every process.
    notes: Notes,
}

impl Record {
    /// The record of a value that was fetched at `fetched_at`.
    pub(super) fn of(fetched: &Fetched, platform: &dyn Platform, fetched_at: Moment) -> Record {
        let ago = signed(platform.now()).saturating_sub(signed(fetched_at));
        let windows = fetched.windows;
        Record {
            material: fetched.material.clone(),
            boot: platform.boot_id().unwrap_or_default(),
            fetched_at: signed(fetched_at),
            fetched_at_wall: platform.wall_ms().saturating_sub(ago),
            renew_at: windows.renew_at.map(signed),
            mandatory_at: windows.mandatory_at.map(signed),
            ends_at: windows.ends_at.map(signed),
            notes: Notes {
                rotation_status: fetched.notes.rotation_status.clone(),
                last_rotation_cost_ms: fetched.notes.last_rotation_cost_ms,
                secret: fetched.notes.secret.clone(),
                ..Notes::default()
            },
        }
    }

    /// Serializes the record: each field after its length. No copy is made that would have to be wiped.
    pub(super) fn write(&self) -> Zeroizing<Vec<u8>> {
        let material = &self.material;
        let kind = KINDS.iter().position(|kind| *kind == material.kind).unwrap_or(KINDS.len()).to_string();
        let facts = &self.notes.secret;
        let number = |number: Option<i64>| number.unwrap_or(NONE).to_string();
        let numbers = [
            number(Some(self.fetched_at)),
            number(Some(self.fetched_at_wall)),
            number(self.renew_at),
            number(self.mandatory_at),
            number(self.ends_at),
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

    /// Parses what [`Record::write`] returns.
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
            fetched_at: number()??,
            fetched_at_wall: number()??,
            renew_at: number()?,
            mandatory_at: number()?,
            ends_at: number()?,
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

    /// The times of the record, relative to now on this process' clocks.
    pub(super) fn times(&self, platform: &dyn Platform) -> RecordTimes {
        let now = signed(platform.now());
        let same_boot = !self.boot.is_empty() && platform.boot_id().as_deref() == Some(self.boot.as_str());
        let age = if same_boot {
            now.saturating_sub(self.fetched_at)
        } else {
            // The steady clock counts from another boot, so only the wall clock can be used, although it may have been
            // set.
            platform.wall_ms().saturating_sub(self.fetched_at_wall)
        };
        // Fetched in the future: a clock is wrong, and the remaining lifetime is not known.
        let unknown = age < 0;
        let until = |moment: Option<i64>| {
            moment.map(|moment| if unknown { 0 } else { moment.saturating_sub(self.fetched_at).saturating_sub(age) })
        };
        RecordTimes {
            now,
            age: u64::try_from(age).ok().map(Duration::from_millis),
            renew_in: if unknown { Some(0) } else { until(self.renew_at) },
            mandatory_in: until(self.mandatory_at),
            ends_in: until(self.ends_at),
        }
    }

    /// Whether `other` is from the same boot and has the same value and times, within a second.
    pub(super) fn agrees_with(&self, other: &Record) -> bool {
        let near = |left: Option<i64>, right: Option<i64>| match (left, right) {
            (Some(left), Some(right)) => left.abs_diff(right) <= 1000,
            (left, right) => left == right,
        };
        self.boot == other.boot
            && self.material.same_as(&other.material)
            && near(self.renew_at, other.renew_at)
            && near(self.mandatory_at, other.mandatory_at)
            && near(self.ends_at, other.ends_at)
    }

    /// The value in the form that a provider returns.
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

/// The times of a record: milliseconds from now, negative in the past.
pub(super) struct RecordTimes {
    now: i64,
    /// How long ago the value was fetched. `None`: in the future, because a clock is wrong.
    pub(super) age: Option<Duration>,
    renew_in: Option<i64>,
    mandatory_in: Option<i64>,
    ends_in: Option<i64>,
}

impl RecordTimes {
    pub(super) fn is_due(&self) -> bool {
        self.renew_in.is_some_and(|left| left <= 0)
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ends_in.is_some_and(|left| left <= 0)
    }

    /// Whether the value may be used while the cloud cannot be reached: until `max_stale` after its expiration or, if
    /// that is not known, after its renewal time.
    pub(super) fn is_usable_stale(&self, max_stale: Duration) -> bool {
        let max_stale = i64::try_from(max_stale.as_millis()).unwrap_or(i64::MAX);
        // The cache cannot represent an expiration before the start of the clock. It would count `max_stale` from that
        // start.
        let is_representable = self.ends_in.is_none_or(|left| left.saturating_add(self.now) > 0);
        is_representable && self.ends_in.or(self.renew_in).is_none_or(|left| left.saturating_add(max_stale) > 0)
    }

    /// When the value was fetched, on this process' steady clock. The start of the clock if that was earlier.
    pub(super) fn fetched_at(&self) -> Moment {
        let age = self.age.unwrap_or_default().as_millis();
        moment(self.now.saturating_sub(i64::try_from(age).unwrap_or(i64::MAX)))
    }

    pub(super) fn windows(&self) -> Windows {
        let at = |left: Option<i64>| left.map(|left| moment(self.now.saturating_add(left)));
        Windows { renew_at: at(self.renew_in), mandatory_at: at(self.mandatory_in), ends_at: at(self.ends_in) }
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
