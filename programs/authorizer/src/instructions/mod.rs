//! One file per instruction: its accounts, `validate`, the change.

pub mod close_authorization;
pub mod create_authorization;
pub mod set_active;
pub mod set_delegates;

pub use close_authorization::*;
pub use create_authorization::*;
pub use set_active::*;
pub use set_delegates::*;
