//! What a fetch yields, apart from its times: the secrets of a credential, its kind and its origin.

use std::fmt;

use crate::secret::Secret;

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
