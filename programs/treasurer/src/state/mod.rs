//! The program's accounts.

mod claim_record;
mod treasury;

pub use claim_record::*;
pub use treasury::*;
