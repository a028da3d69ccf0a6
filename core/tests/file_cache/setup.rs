//! A host whose processes share a cache file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use crate::support::*;
use evercred_core::cache::{Credential, Source};
use evercred_core::client::Client;
use evercred_core::providers::Origin;

pub const KEY: &str = "the-key-of-the-file-that-nobody-may-see";
pub const MINUTE: Duration = Duration::from_secs(60);
pub const HOUR: Duration = Duration::from_secs(3600);
pub const DAY: Duration = Duration::from_secs(24 * 3600);
pub const SECRET_NAME: &str = "acs/ram/user/app";
pub const ACTION: &str = "GetSecretValue";

/// A world with a file that its clients may share.
pub struct Host {
    pub world: World,
    pub folder: Folder,
}

impl Host {
    pub fn new(test: &str) -> Host {
        let world = World::new();
        world.remember(KEY);
        world.password();
        world.emulator.add_access_key(SECRET_ID, SECRET_KEY);
        world.emulator.add_ram_secret(SECRET_NAME);
        Host { world, folder: Folder::new(&format!("file-cache-{test}")) }
    }

    pub fn file(&self) -> String {
        self.folder.path().join("cache").to_str().unwrap().to_owned()
    }

    /// A client as another process has it.
    pub fn process(&self, more: &[(&str, &str)]) -> (Arc<Client>, Arc<Source>) {
        let file = self.file();
        let client = self.world.client(&[&[("cache_file", file.as_str()), ("cache_secret", KEY)], more].concat());
        let source = self.world.source(&client);
        (client, source)
    }

    pub fn managed(&self, more: &[(&str, &str)]) -> (Arc<Client>, Arc<Source>) {
        let (file, host) = (self.file(), self.world.emulator.host_port());
        let options = [
            ("cache_file", file.as_str()),
            ("cache_secret", KEY),
            ("aliyun_kms_endpoint", &host),
            ("aliyun_scheme", "http"),
            ("aliyun_access_key_id", SECRET_ID),
            ("aliyun_access_key_secret", SECRET_KEY),
        ];
        let client = self.world.client(&[&options, more].concat());
        let source = client.open_managed(None, SECRET_NAME).unwrap();
        (client, source)
    }

    /// Time passes while no client is open.
    pub fn pass(&self, by: Duration) {
        self.world.emulator.advance_clock(by);
        self.world.platform.advance(by);
    }

    /// From now on the emulator does not answer.
    pub fn without_network(&self) {
        self.world.password();
        self.world.emulator.stop();
    }

    pub fn text(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    pub fn mode(&self) -> u32 {
        fs::metadata(self.file()).unwrap().permissions().mode() & 0o7777
    }
}

pub fn origin_of(credential: &Credential) -> Origin {
    credential.material().origin
}
