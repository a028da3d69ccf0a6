//! What stands in for the database client in a build without one.

/// Never made: this build has no database client.
pub(crate) enum Database {}

impl Database {
    pub(crate) fn connect(_url: &str) -> Result<Database, String> {
        Err("this build has no MySQL support (cargo feature `mysql`)".to_owned())
    }

    pub(crate) fn create_account(&mut self, _user: &str, _password: &str) -> Result<(), String> {
        match *self {}
    }

    pub(crate) fn set_password(&mut self, _user: &str, _password: &str) -> Result<(), String> {
        match *self {}
    }
}
