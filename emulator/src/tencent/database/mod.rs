//! A real database server whose accounts follow the rotations. It uses nothing of the crate.

#[cfg(not(feature = "mysql"))]
mod absent;
#[cfg(feature = "mysql")]
mod mysql;

#[cfg(not(feature = "mysql"))]
pub(crate) use absent::Database;
#[cfg(feature = "mysql")]
pub(crate) use mysql::Database;
