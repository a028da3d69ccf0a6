//! What reading official settings depends on: the generation of the client that they are for, variables and files.

/// Whose meaning of the keys holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Generation {
    /// The first generation's, `aliyun-secret-manager-client` and the plugin over it.
    V1,
    /// The second generation's, `alibabacloud-secretsmanager-client-v2`.
    V2,
    /// Either's: the type of the credentials says which.
    #[default]
    Auto,
}

impl Generation {
    /// Reads `v1`, `v2` or `auto`.
    pub fn parse(text: &str) -> Option<Generation> {
        match text {
            "v1" => Some(Generation::V1),
            "v2" => Some(Generation::V2),
            "auto" => Some(Generation::Auto),
            _ => None,
        }
    }
}

/// What the settings may reach for. Nothing else of the process is looked at.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// A variable of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// A file's bytes, by the path that the settings name.
    pub file: &'a dyn Fn(&str) -> std::io::Result<Vec<u8>>,
}
