//! A real database server whose accounts follow the rotations.

#[cfg(not(feature = "mysql"))]
mod absent;
#[cfg(feature = "mysql")]
mod mysql;

#[cfg(not(feature = "mysql"))]
pub(crate) use absent::Database;
#[cfg(feature = "mysql")]
pub(crate) use mysql::Database;
