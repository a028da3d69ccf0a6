//! An emulator with several regions, and sources that use them.

use std::sync::Arc;

use crate::support::aliyun_managed::{ASKER, ASKER_SECRET, MINUTE, NAME, current, managed_world};
use crate::support::*;
use evercred_core::cache::{Credential, Source};
use evercred_core::client::Client;
use evercred_emulator::{Fault, FaultKind, Region};

/// An emulator with regions, and a list of them as the option has it.
pub struct Regions {
    pub world: World,
    pub list: Vec<Region>,
}

impl Regions {
    pub fn new(names: &[&str]) -> Regions {
        let world = managed_world();
        let list = names.iter().map(|name| world.emulator.region(name)).collect();
        Regions { world, list }
    }

    pub fn two() -> Regions {
        Regions::new(&["cn-a", "cn-b"])
    }

    pub fn options(&self) -> String {
        let entry = |region: &Region| serde_json::json!({"regionId": region.name(), "endpoint": region.host_port()});
        serde_json::Value::from(self.list.iter().map(entry).collect::<Vec<_>>()).to_string()
    }

    pub fn client(&self, more: &[(&str, &str)]) -> Arc<Client> {
        let list = self.options();
        self.world.client(&[&plain(&list)[..], more].concat())
    }

    pub fn open(&self, more: &[(&str, &str)]) -> Arc<Source> {
        self.client(more).open_managed(None, NAME).unwrap()
    }

    /// How many requests each has had.
    pub fn asked(&self) -> Vec<u64> {
        self.list.iter().map(Region::requests).collect()
    }

    pub fn key(&self) -> String {
        current(&self.world)
    }

    /// Lets the next refresh of the schedule happen.
    pub fn next_poll(&self, source: &Arc<Source>) {
        let before = source.status().last_success_at_ms;
        self.world.advance(6 * MINUTE);
        status_where(source, "the poll brings a value", |status| status.last_success_at_ms > before);
    }
}

pub fn plain(list: &str) -> Vec<(&'static str, &str)> {
    vec![
        ("aliyun_regions", list),
        ("aliyun_scheme", "http"),
        ("aliyun_access_key_id", ASKER),
        ("aliyun_access_key_secret", ASKER_SECRET),
        // No retry within a flight, and no hedge by time unless the test sets one.
        ("aliyun_hedge_after_ms", "15000"),
        ("total_timeout_ms", "60000"),
        ("max_attempts", "1"),
    ]
}

pub fn key_of(credential: &Credential) -> &str {
    credential.material().access_key_id.expose()
}

pub fn backend(source: &Source) -> Option<String> {
    source.status().endpoint
}

/// An answer of KMS with this code.
pub fn code(regions: &Regions, times: u64, status: u16, code: &str) {
    let kind =
        FaultKind::Answer { status, code: Some(code.into()), message: None, content_type: None, retry_after: None };
    regions.world.emulator.inject(Fault { action: Some("GetSecretValue".into()), times, kind });
}
