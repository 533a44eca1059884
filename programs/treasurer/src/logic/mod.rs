//! The arithmetic of money, without Solana types. Amounts are base units of the collateral; `q64` marks u128 Q64.64.

pub mod coverage;
pub mod owed;
