//! One file per instruction: its accounts, `validate`, the change, then the treasury's invariant.

pub mod claim;
pub mod close_claim_record;
pub mod close_treasury;
pub mod create_treasury;
pub mod fund;
pub mod resume_run;
pub mod set_exchange_rate;
pub mod withdraw;

pub use claim::*;
pub use close_claim_record::*;
pub use close_treasury::*;
pub use create_treasury::*;
pub use fund::*;
pub use resume_run::*;
pub use set_exchange_rate::*;
pub use withdraw::*;
