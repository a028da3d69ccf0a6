//! Looks up the password of a client key, in the recorded order of the official client.

use zeroize::Zeroizing;

use crate::client::aliyun::official::properties::Source;
use crate::client::aliyun::official::surroundings::Surroundings;
use crate::error::Result;
use crate::secret::Secret;

/// The key of the setting that names the password's variable.
pub(super) const PASSWORD_VARIABLE: &str = "client_key_password_from_env_variable";
/// The key of the setting that names the password's file.
pub(super) const PASSWORD_FILE: &str = "client_key_password_from_file_path";

/// The password. It is looked up in this order: the variable that the setting `variable_key` names, the file that the
/// setting `file_key` names, the variable that the environment variable `variable_key` names, the value of
/// `variable_key` itself, `client_key_password`. `None` if none of them has one.
///
/// # Errors
/// The file cannot be read.
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
    // The plugin's README: an environment variable with the name of the setting can also name a variable.
    let own = variable(variable_key);
    let named = own.as_ref().and_then(|name| variable(name.expose()));
    Ok(named.or(own).or_else(|| variable("client_key_password")))
}

/// The password in a file: its whole text, trimmed, without line breaks.
pub(super) fn password_in_file(path: &str, around: Surroundings<'_>) -> std::result::Result<Secret, String> {
    let bytes = (around.file)(path).map_err(|error| format!("the file cannot be read: {}", error.kind()))?;
    let bytes = Zeroizing::new(bytes);
    let text = std::str::from_utf8(&bytes).map_err(|_| "the file is not text".to_owned())?;
    Ok(Secret::new(text.trim().replace(['\n', '\r'], "")))
}
