//! The program's accounts.

mod config;
mod instance;
mod invariant;
mod manifest;
mod member;
mod network_address;
mod round;
mod run;
mod run_member;
mod run_state;

pub use config::*;
pub use instance::*;
pub use manifest::*;
pub use member::*;
pub use network_address::*;
pub use round::*;
pub use run::*;
pub use run_member::*;
pub use run_state::*;
