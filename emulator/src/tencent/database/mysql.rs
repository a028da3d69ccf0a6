//! The accounts of a MySQL or MariaDB server.

use std::time::Duration;

use ::mysql::prelude::Queryable;
use ::mysql::{Conn, Error, Opts, OptsBuilder};

/// A database of its own, so that rotated accounts have something to read and nothing else.
const DEMO: &str = "evercred_demo";

/// An administrator's connection, opened anew when it breaks.
pub(crate) struct Database {
    options: Opts,
    connection: Option<Conn>,
}

impl Database {
    /// `mysql://user:password@host:port`, with `?socket=PATH` for a Unix socket.
    pub(crate) fn connect(url: &str) -> Result<Database, String> {
        // The client's own URL parser knows no socket.
        let (base, socket) = match url.split_once("?socket=") {
            Some((base, socket)) => (base, Some(socket.to_owned())),
            None => (url, None),
        };
        let options = Opts::from_url(base).map_err(|error| error.to_string())?;
        let prefer_socket = socket.is_some();
        let options = OptsBuilder::from_opts(options)
            .socket(socket)
            .prefer_socket(prefer_socket)
            .tcp_connect_timeout(Some(Duration::from_secs(5)))
            .read_timeout(Some(Duration::from_secs(10)))
            .write_timeout(Some(Duration::from_secs(10)))
            // Quoting below counts on backslash escapes, which a server-wide mode may switch off.
            .init(vec!["SET SESSION sql_mode = ''"]);
        let mut database = Database { options: options.into(), connection: None };
        database.run(&[format!("CREATE DATABASE IF NOT EXISTS {DEMO}")])?;
        Ok(database)
    }

    pub(crate) fn create_account(&mut self, user: &str, password: &str) -> Result<(), String> {
        let (name, password) = (quote(user), quote(password));
        self.run(&[
            format!("CREATE USER IF NOT EXISTS {name}@'%' IDENTIFIED BY {password}"),
            format!("ALTER USER {name}@'%' IDENTIFIED BY {password}"),
            format!("GRANT SELECT ON {DEMO}.* TO {name}@'%'"),
        ])
    }

    pub(crate) fn set_password(&mut self, user: &str, password: &str) -> Result<(), String> {
        self.run(&[format!("ALTER USER {}@'%' IDENTIFIED BY {}", quote(user), quote(password))])
    }

    /// All statements are safe to repeat, so a broken connection is opened anew once.
    fn run(&mut self, statements: &[String]) -> Result<(), String> {
        let mut fresh = false;
        loop {
            if self.connection.is_none() {
                self.connection = Some(Conn::new(self.options.clone()).map_err(|error| error.to_string())?);
                fresh = true;
            }
            let Some(connection) = self.connection.as_mut() else { continue };
            match statements.iter().try_for_each(|statement| connection.query_drop(statement)) {
                Ok(()) => return Ok(()),
                Err(Error::MySqlError(error)) => return Err(error.to_string()),
                Err(error) if fresh => {
                    self.connection = None;
                    return Err(error.to_string());
                }
                Err(_) => self.connection = None,
            }
        }
    }
}

/// A text literal.
fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for c in text.chars() {
        match c {
            '\'' => quoted.push_str("''"),
            '\\' => quoted.push_str("\\\\"),
            '\0' => quoted.push_str("\\0"),
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    #[test]
    fn quoting() {
        assert_eq!(super::quote(r"a'b\c"), r"'a''b\\c'");
        assert_eq!(super::quote("\\'; DROP TABLE x; --"), "'\\\\''; DROP TABLE x; --'");
    }
}
