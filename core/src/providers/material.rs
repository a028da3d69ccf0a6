//! The secrets of a credential, its kind and its origin.

use std::fmt;

use crate::secret::Secret;

/// The kind of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Kind {
    /// The user name and password of a database account or a machine.
    Database = 1,
    /// An access key of a cloud: id, secret and, for a temporary key, a session token.
    AccessKey = 2,
    /// A secret text without a known format.
    Text = 3,
    /// Secret bytes without a known format.
    Binary = 4,
    /// A private key that signs requests. Only login identities have this kind; it is never returned to the
    /// application.
    PrivateKey = 5,
}

/// Where a value came from. The numbers are those of the C header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Origin {
    /// There is no value yet.
    None = 0,
    /// The cloud's API.
    Cloud = 1,
    /// A fallback password file, because the cloud could not be reached.
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
    /// A cache file on this host, written by another process or by the official client.
    FileCache = 8,
    /// An external program.
    Process = 9,
    /// A credentials URI.
    CredentialsUri = 10,
    /// A callback of the application.
    Callback = 11,
    /// A client key file.
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

/// The secrets of one version of a credential. A rotation creates a new `Material`.
#[derive(Clone, PartialEq, Eq)]
pub struct Material {
    /// The kind of the credential.
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
    /// The text or bytes of a secret without a known format, the private key (PKCS#8) of a client key, or empty.
    pub value: Secret,
    /// The service's id of this version, or empty.
    pub version_id: Secret,
}

impl Material {
    /// Whether both are the same credential. The origin is not compared.
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

    /// The password of a database user.
    pub fn database(origin: Origin, username: &str, password: Secret) -> Material {
        Material { username: Secret::from_text(username), password, ..Material::empty(Kind::Database, origin) }
    }

    /// The session token of a temporary access key.
    pub fn session_token(&self) -> Option<&Secret> {
        Some(&self.security_token).filter(|token| !token.is_empty())
    }

    /// An access key, with a session token if it is temporary.
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

    /// A private key in PKCS#8, with its id at the service.
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
