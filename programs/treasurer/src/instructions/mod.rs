//! One file per instruction: its accounts, `validate`, the change, then the treasury's invariant.

pub mod claim;
pub mod create_treasury;
pub mod fund;
pub mod resume_run;
pub mod set_exchange_rate;
pub mod withdraw;

pub use claim::*;
pub use create_treasury::*;
pub use fund::*;
pub use resume_run::*;
pub use set_exchange_rate::*;
pub use withdraw::*;
