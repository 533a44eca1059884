//! The program's accounts.

mod authorization;

pub use authorization::*;
