//! Set-up for tests against the emulator: an account, a client that talks to it, a log that is searched for secrets.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may panic")]

pub mod aliyun_managed;
mod folder;
mod real_time;
pub mod simulation;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use evercred_core::cache::{Credential, Source, Status};
use evercred_core::client::{Client, Config, Format};
use evercred_core::error::{Code, Error};
use evercred_core::log::{Level, Sink};
use evercred_core::platform::{ManualPlatform, Platform};
use evercred_emulator::{Emulator, Fault, FaultKind, Options};

#[allow(unused_imports, reason = "each test file uses its part")]
pub use folder::Folder;
pub use real_time::RealTime;

pub const REGION: &str = "ap-guangzhou";
pub const INSTANCE: &str = "cdb-example1";
pub const USER: &str = "app_user";
pub const SECRET_ID: &str = "AKIDexampleexampleexample";
pub const SECRET_KEY: &str = "example-secret-key-that-nobody-may-see";
pub const CAM: &str = "BuildDataFlowAuthToken";
/// Long enough for a busy machine; a test that passes never waits that long.
pub const LONG: Duration = Duration::from_secs(20);

/// An emulator with one key and one account, a configuration that reaches it, and what the library logged.
pub struct World {
    pub emulator: Emulator,
    pub platform: Arc<ManualPlatform>,
    log: Arc<Mutex<Vec<String>>>,
    secrets: Mutex<Vec<String>>,
    clients: Mutex<Vec<Arc<Client>>>,
}

impl Drop for World {
    /// At the end of every test: no secret in the log, in a report, in `Debug` output.
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        self.assert_nothing_shown(&[]);
        self.clients.lock().unwrap().clear();
        // What closing and dropping the clients logged.
        self.assert_nothing_shown(&[]);
    }
}

impl World {
    pub fn new() -> World {
        World::with(Options::default())
    }

    pub fn with(options: Options) -> World {
        let emulator = Emulator::start(options).unwrap();
        emulator.add_key(SECRET_ID, SECRET_KEY);
        emulator.add_account(REGION, INSTANCE, USER);
        let platform = Arc::new(ManualPlatform::new(emulator.now_ms()));
        World {
            emulator,
            platform,
            log: Arc::default(),
            secrets: Mutex::new(vec![SECRET_KEY.into()]),
            clients: Mutex::default(),
        }
    }

    /// Options that reach the emulator, with more over them.
    pub fn config(&self, more: &[(&str, &str)]) -> Config {
        let mut config = self.bare_config();
        for (name, value) in [("tencent_secret_id", SECRET_ID), ("tencent_secret_key", SECRET_KEY)].iter().chain(more) {
            config.set(name, value).unwrap();
        }
        config
    }

    /// Options that reach the emulator, without an identity.
    pub fn bare_config(&self) -> Config {
        let mut config = Config::new();
        let scheme = if self.emulator.ca_path().is_some() { "https" } else { "http" };
        let host = self.emulator.host_port();
        for (name, value) in [
            ("tencent_endpoint", host.as_str()),
            ("tencent_sts_endpoint", &host),
            ("tencent_metadata_endpoint", &host),
            ("tencent_scheme", scheme),
            ("proxy", "none"),
            // A busy machine may take longer than a second for an answer.
            ("refresh_wait_ms", "10000"),
        ] {
            config.set(name, value).unwrap();
        }
        if let Some(path) = self.emulator.ca_path() {
            config.set("ca_file", path.to_str().unwrap()).unwrap();
        }
        let log = Arc::clone(&self.log);
        config.log = Sink::new(Level::Debug, move |level, text| log.lock().unwrap().push(format!("{level:?} {text}")));
        config
    }

    /// A client whose schedule follows the clock that the test sets.
    pub fn client(&self, more: &[(&str, &str)]) -> Arc<Client> {
        self.client_of(self.config(more))
    }

    pub fn client_of(&self, config: Config) -> Arc<Client> {
        self.kept(Client::new(config, Arc::clone(&self.platform) as Arc<dyn Platform>).unwrap())
    }

    /// Remembers a client, so that what it shows is searched when this world ends.
    pub fn kept(&self, client: Client) -> Arc<Client> {
        let client = Arc::new(client);
        self.clients.lock().unwrap().push(Arc::clone(&client));
        client
    }

    /// A client that runs in real time.
    pub fn real_client(&self, more: &[(&str, &str)]) -> Arc<Client> {
        self.kept(Client::new(self.config(more), Arc::new(RealTime::default())).unwrap())
    }

    /// Sets environment variables that the clients of [`World::client`] see. They see no variable of the process.
    pub fn set_variables(&self, variables: &[(&str, &str)]) {
        variables.iter().for_each(|(name, value)| self.platform.set_variable(name, value));
    }

    /// Makes a folder the home of the user.
    pub fn set_home(&self, folder: &Path) {
        self.platform.set_variable("HOME", folder);
    }

    pub fn source(&self, client: &Client) -> Arc<Source> {
        client.open_database(None, REGION, INSTANCE, USER).unwrap()
    }

    /// The password that the emulator gives out, remembered as one that may be shown nowhere.
    pub fn password(&self) -> String {
        let password = self.emulator.password(REGION, INSTANCE, USER).unwrap();
        self.secrets.lock().unwrap().push(password.clone());
        password
    }

    pub fn rotate(&self) {
        self.password();
        assert!(self.emulator.rotate(REGION, INSTANCE, USER));
        self.password();
    }

    pub fn requests(&self) -> u64 {
        self.emulator.requests(CAM)
    }

    /// Moves both clocks on, and waits until the library's thread has looked at its own.
    pub fn advance(&self, by: Duration) {
        // A moment ago something may have been fetched, and the thread be about to set its timer.
        let start = Instant::now();
        while self.platform.next_wake().is_none() && start.elapsed() < Duration::from_millis(100) {
            std::thread::yield_now();
        }
        let watched = self.platform.next_wake().is_some();
        self.emulator.advance_clock(by);
        self.platform.advance(by);
        let now = self.platform.now();
        if watched {
            eventually("the thread looks at the clock", || self.platform.next_wake().is_some_and(|wake| wake > now));
        }
    }

    /// Waits until the refresh that is due now, if any, has been made.
    pub fn landed(&self, source: &Source) {
        eventually("the refresh lands", || source.status().next_refresh_at_ms > self.platform.wall_ms());
    }

    /// Makes CAM fail with a code until cleared.
    pub fn fail(&self, code: &str) {
        self.fail_times(u64::MAX, 200, Some(code));
    }

    pub fn fail_times(&self, times: u64, status: u16, code: Option<&str>) {
        self.inject(
            times,
            FaultKind::Answer {
                status,
                code: code.map(Into::into),
                message: None,
                content_type: None,
                retry_after: None,
            },
        );
    }

    pub fn inject(&self, times: u64, kind: FaultKind) {
        self.emulator.inject(Fault { action: Some(CAM.into()), times, kind });
    }

    /// Neither the log, nor a report, nor what is passed in here shows a secret of this world.
    pub fn assert_no_secret(&self, client: &Client, more: &[String]) {
        let shown = [more, &shown_by(client)].concat();
        self.assert_nothing_shown(&shown);
    }

    fn assert_nothing_shown(&self, more: &[String]) {
        self.password();
        let log = self.log.lock().unwrap();
        let mut texts: Vec<String> = log.iter().chain(more).cloned().collect();
        texts.extend(self.clients.lock().unwrap().iter().flat_map(|client| shown_by(client)));
        texts.push(format!("{:?}", self.config(&[])));
        for secret in self.secrets.lock().unwrap().iter() {
            for text in &texts {
                assert!(!text.contains(secret.as_str()), "a secret is shown");
            }
        }
    }

    pub fn remember(&self, secret: &str) {
        self.secrets.lock().unwrap().push(secret.to_owned());
    }

    pub fn logged(&self, part: &str) -> bool {
        self.count_logged(part) > 0
    }

    pub fn count_logged(&self, part: &str) -> usize {
        self.log.lock().unwrap().iter().filter(|line| line.contains(part)).count()
    }
}

/// All that a client shows, with the last error of each of its sources.
fn shown_by(client: &Client) -> Vec<String> {
    let statuses = client.statuses();
    let errors = statuses.iter().filter_map(|status| status.last_error.as_ref());
    let errors = errors.map(|error| format!("{error} {error:?} {}", error.message()));
    let reports = [Format::Json, Format::Prometheus].map(|format| client.report(format).text().to_owned());
    errors.chain(reports).chain([format!("{client:?} {statuses:?}")]).collect()
}

/// The password of a credential; only for comparing.
pub fn password_of(credential: &Credential) -> String {
    credential.material().password.expose().to_owned()
}

pub fn get(source: &Arc<Source>) -> Arc<Credential> {
    source.get(Some(LONG)).unwrap()
}

pub fn get_error(source: &Arc<Source>) -> Error {
    source.get(Some(LONG)).map(|credential| credential.generation()).unwrap_err()
}

pub fn code_of(source: &Arc<Source>) -> Code {
    get_error(source).code()
}

/// Waits, in real time, until something holds.
pub fn eventually(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < LONG, "never: {what}");
        std::thread::sleep(Duration::from_micros(500));
    }
}

pub fn status_where(source: &Arc<Source>, what: &str, holds: impl Fn(&Status) -> bool) -> Status {
    eventually(what, || holds(&source.status()));
    source.status()
}

/// A server for one connection that sends this answer.
pub fn answering_once(answer: &'static [u8]) -> (std::thread::JoinHandle<()>, String) {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        let mut request = [0; 4096];
        let _bytes = stream.read(&mut request).unwrap();
        stream.write_all(answer).unwrap();
    });
    (server, address)
}
