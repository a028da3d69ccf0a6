//! The inputs of reading official settings: the generation of the client, environment variables and files.

/// The generation of the official client whose meaning the keys have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Generation {
    /// The first generation: `aliyun-secret-manager-client` and the plugin based on it.
    V1,
    /// The second generation: `alibabacloud-secretsmanager-client-v2`.
    V2,
    /// The generation that supports the type of the credentials.
    #[default]
    Auto,
}

impl Generation {
    /// Parses `v1`, `v2` or `auto`.
    pub fn parse(text: &str) -> Option<Generation> {
        match text {
            "v1" => Some(Generation::V1),
            "v2" => Some(Generation::V2),
            "auto" => Some(Generation::Auto),
            _ => None,
        }
    }
}

/// The environment variables and files that settings may name. Nothing else of the process is read.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Looks up an environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Reads a file by the path in the settings.
    pub file: &'a dyn Fn(&str) -> std::io::Result<Vec<u8>>,
}
