//! Where the password of a client key stands.
//!
//! Facts (recorded): the order in which the official client looks for it.

use zeroize::Zeroizing;

use crate::client::aliyun::official::properties::Source;
use crate::client::aliyun::official::surroundings::Surroundings;
use crate::error::Result;
use crate::secret::Secret;

/// The keys under which a password's variable and file are named.
pub(super) const PASSWORD_VARIABLE: &str = "client_key_password_from_env_variable";
/// See [`PASSWORD_VARIABLE`].
pub(super) const PASSWORD_FILE: &str = "client_key_password_from_file_path";

/// A password: in the variable that a setting names, in the file that a setting names, in a variable of the setting's own
/// name or the one that this names, in `client_key_password`; none where none of them holds one.
///
/// # Errors
/// When the file that is named cannot be read.
pub(super) fn password(
    source: Source<'_>,
    around: Surroundings<'_>,
    variable_key: &str,
    file_key: &str,
) -> Result<Option<Secret>> {
    let variable = |name: &str| (around.variable)(name).map(Secret::new).filter(|password| !password.is_empty());
    if let Some(password) = source.get(variable_key).and_then(|name| variable(name.value.expose())) {
        return Ok(Some(password));
    }
    if let Some(path) = source.get(file_key) {
        let password = password_in_file(path.value.expose(), around);
        let password = password.map_err(|problem| path.refused(&problem))?;
        if !password.is_empty() {
            return Ok(Some(password));
        }
    }
    // With the setting's own name in the environment beside a file, the plugin's README means the name of a variable, too.
    let own = variable(variable_key);
    let named = own.as_ref().and_then(|name| variable(name.expose()));
    Ok(named.or(own).or_else(|| variable("client_key_password")))
}

/// The password in a file: all of it, trimmed, without line breaks.
pub(super) fn password_in_file(path: &str, around: Surroundings<'_>) -> std::result::Result<Secret, String> {
    let bytes = (around.file)(path).map_err(|error| format!("the file cannot be read: {}", error.kind()))?;
    let bytes = Zeroizing::new(bytes);
    let text = std::str::from_utf8(&bytes).map_err(|_| "the file is not text".to_owned())?;
    Ok(Secret::new(text.trim().replace(['\n', '\r'], "")))
}
