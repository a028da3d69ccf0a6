//! How a value is fetched. A provider keeps nothing: the cache above it does.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Code, Error, Result};
use crate::http::Http;
use crate::log::Sink;
use crate::platform::{BoxFuture, Moment, Platform};
use crate::secret::Secret;

pub mod aliyun;
mod callback;
mod chain;
mod lifetime;
mod secret_facts;
mod server_clock;
mod static_key;
pub mod tencent;
mod wire;

pub use callback::{CallbackKey, HandedKey, IdentityCallback};
pub use chain::{Chain, Link};
pub use secret_facts::SecretFacts;
pub use server_clock::Clock;
pub use static_key::StaticKey;
pub use wire::{Called, Wire};

/// What a credential is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Kind {
    /// A user name and password: of a database account, or of a machine.
    Database = 1,
    /// An access key (id, secret, perhaps a session token) of a cloud.
    AccessKey = 2,
    /// A secret text of no particular form.
    Text = 3,
    /// Secret bytes of no particular form.
    Binary = 4,
    /// A private key that signs requests; only login identities are of this kind, and none is handed out.
    PrivateKey = 5,
}

/// Where a value came from; the numbers are those of the C header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Origin {
    /// Nowhere yet.
    None = 0,
    /// The cloud's API.
    Cloud = 1,
    /// A fallback password file, since the cloud could not be reached.
    FallbackFile = 2,
    /// The configuration.
    Configuration = 3,
    /// Environment variables.
    Environment = 4,
    /// A profile file.
    ProfileFile = 5,
    /// The metadata service of the machine.
    Metadata = 6,
    /// The cloud's security token service.
    Sts = 7,
    /// The file in which the processes of a host share what one of them fetched.
    FileCache = 8,
    /// A program that was run for it.
    Process = 9,
    /// A credentials URI.
    CredentialsUri = 10,
    /// A function of the host program.
    Callback = 11,
    /// The file of a client key.
    ClientKeyFile = 12,
}

impl Origin {
    /// A short name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Origin::None => "none",
            Origin::Cloud => "cloud",
            Origin::FallbackFile => "fallback_file",
            Origin::Configuration => "configuration",
            Origin::Environment => "environment",
            Origin::ProfileFile => "profile_file",
            Origin::Metadata => "metadata",
            Origin::Sts => "sts",
            Origin::FileCache => "file_cache",
            Origin::Process => "process",
            Origin::CredentialsUri => "credentials_uri",
            Origin::Callback => "callback",
            Origin::ClientKeyFile => "client_key_file",
        }
    }
}

/// The secrets of a credential, whole: a rotation makes a new one.
#[derive(Clone, PartialEq, Eq)]
pub struct Material {
    /// What it is for.
    pub kind: Kind,
    /// Where it came from.
    pub origin: Origin,
    /// The database user, or empty.
    pub username: Secret,
    /// The database password, or empty.
    pub password: Secret,
    /// The access key id, or the client key's id, or empty.
    pub access_key_id: Secret,
    /// The access key's secret, or empty.
    pub access_key_secret: Secret,
    /// The session token, or empty.
    pub security_token: Secret,
    /// The text or bytes of a secret of no particular form, or the private key (PKCS#8) of a client key, or empty.
    pub value: Secret,
    /// The service's name for this version, or empty.
    pub version_id: Secret,
}

impl Material {
    /// Whether it is the same credential, wherever each of the two came from.
    pub fn same_as(&self, other: &Material) -> bool {
        self.kind == other.kind
            && self.username == other.username
            && self.password == other.password
            && self.access_key_id == other.access_key_id
            && self.access_key_secret == other.access_key_secret
            && self.security_token == other.security_token
            && self.value == other.value
            && self.version_id == other.version_id
    }

    fn empty(kind: Kind, origin: Origin) -> Material {
        let empty = Secret::default();
        Material {
            kind,
            origin,
            username: empty.clone(),
            password: empty.clone(),
            access_key_id: empty.clone(),
            access_key_secret: empty.clone(),
            security_token: empty.clone(),
            value: empty.clone(),
            version_id: empty,
        }
    }

    /// A database user's password.
    pub fn database(origin: Origin, username: &str, password: Secret) -> Material {
        Material { username: Secret::from_text(username), password, ..Material::empty(Kind::Database, origin) }
    }

    /// An access key, with its session token where it is a temporary one.
    pub fn access_key(origin: Origin, id: &str, secret: Secret, token: Option<Secret>) -> Material {
        Material {
            access_key_id: Secret::from_text(id),
            access_key_secret: secret,
            security_token: token.unwrap_or_default(),
            ..Material::empty(Kind::AccessKey, origin)
        }
    }

    /// A secret text.
    pub fn text(origin: Origin, text: Secret) -> Material {
        Material { value: text, ..Material::empty(Kind::Text, origin) }
    }

    /// Secret bytes.
    pub fn binary(origin: Origin, bytes: &[u8]) -> Material {
        Material { value: Secret::from_bytes(bytes), ..Material::empty(Kind::Binary, origin) }
    }

    /// A private key, as PKCS#8, with the id that the service knows it by.
    pub fn private_key(origin: Origin, id: &str, pkcs8: &[u8]) -> Material {
        Material {
            access_key_id: Secret::from_text(id),
            value: Secret::from_bytes(pkcs8),
            ..Material::empty(Kind::PrivateKey, origin)
        }
    }
}

impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Material({:?}, {})", self.kind, self.origin.name())
    }
}

/// When a value is due, about to be useless, and useless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Windows {
    /// From then on a refresh is due; `None`: only when asked.
    pub renew_at: Option<Moment>,
    /// From then on `get` waits for a refresh.
    pub mandatory_at: Option<Moment>,
    /// From then on the value is useless; `None`: the cloud does not say.
    pub ends_at: Option<Moment>,
}

/// What else an answer said, for the status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// How the service says that its last rotation went.
    pub rotation_status: Option<String>,
    /// How long that rotation took, in milliseconds.
    pub last_rotation_cost_ms: Option<i64>,
    /// When the service rotates the value next, as it says; it has passed where the rotation is late.
    pub rotation_due_at: Option<Moment>,
    /// Which identity was used, and why others were not.
    pub explanation: Option<String>,
    /// Which of several places answered.
    pub place: Option<String>,
    /// How far the server's clock is ahead of ours, in milliseconds, where signing had to be corrected.
    pub clock_skew_ms: i64,
    /// How long ago the cloud said so, where somebody else asked it; `None`: just now.
    pub confirmed_ago: Option<Duration>,
    /// What a managed secret says of itself.
    pub secret: SecretFacts,
}

/// A fetched value.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The value.
    pub material: Material,
    /// Its windows.
    pub windows: Windows,
    /// What else was said.
    pub notes: Notes,
    /// The service is in the middle of a change and said so by a time that has passed: ask again soon.
    pub unsettled: bool,
    /// The value comes from a second-best place since the first one failed so: back off and try again.
    pub degraded: Option<Error>,
}

/// What a fetch may use, and what is known when it starts.
#[derive(Clone)]
pub struct Context {
    /// Clocks and randomness.
    pub platform: Arc<dyn Platform>,
    /// The transport.
    pub http: Arc<Http>,
    /// Where messages go.
    pub log: Sink,
    /// When the whole fetch must be over.
    pub deadline: Instant,
    /// Whether the cache still holds a value that has not ended.
    pub has_usable: bool,
    /// The value that its service was reported to refuse, where no other one has come since.
    pub rejected: Option<Arc<Material>>,
    /// A refresh was asked for by name: the cloud is to be asked.
    pub forced: bool,
}

impl Context {
    /// 64 random bits, for nonces and request ids: not for keys.
    pub fn random_bits(&self) -> u64 {
        let half = || (self.platform.random() * f64::from(u32::MAX)) as u64;
        half() << 32 | half()
    }

    /// The time that is left.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// Runs what may block, such as reading a file on a network file system, beside the library's thread: that one keeps
/// the timers of every source.
pub async fn beside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(Error::new(Code::Internal, "reading a file ended in a defect of evercred; please report it")),
    }
}

/// Fetches one value.
pub trait Provider: Send + Sync {
    /// One try. The caller bounds it by `context.deadline` and drops the future to cancel it.
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>>;

    /// Whether all its requests are encrypted on their way, to servers whose certificates are checked unless the client's
    /// settings say otherwise.
    fn is_encrypted(&self) -> bool {
        true
    }

    /// All tries have failed, the last one with `error`: a second-best value, marked as such, or the error.
    fn fall_back<'a>(&'a self, context: &'a Context, error: Error) -> BoxFuture<'a, Result<Fetched>> {
        let _unused = context;
        Box::pin(async move { Err(error) })
    }
}

/// A login identity that is kept fresh by somebody above: the provider asks for it at every fetch.
pub trait IdentitySource: Send + Sync {
    /// The current identity.
    fn identity<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Arc<dyn Identity>>>;
}

/// One identity that was handed out.
pub trait Identity: Send + Sync {
    /// The keys.
    fn material(&self) -> &Material;
    /// How it was found.
    fn explanation(&self) -> Option<String>;
    /// The service did not accept it: fetch another. `false` where that was done too often lately.
    fn reject(&self) -> bool;
}
