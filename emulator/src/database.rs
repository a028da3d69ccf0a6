//! A real database server whose accounts follow the rotations.

#[cfg(feature = "mysql")]
pub(crate) use real::Database;
#[cfg(not(feature = "mysql"))]
pub(crate) use without::Database;

#[cfg(feature = "mysql")]
#[path = "database_mysql.rs"]
mod real;

#[cfg(not(feature = "mysql"))]
mod without {
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
}
