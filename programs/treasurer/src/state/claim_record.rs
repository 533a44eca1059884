//! What a member was paid.

use anchor_lang::prelude::*;

/// PDA `["claim", treasury, member]`; rent paid by the payout key, kept for good so that nothing is paid twice.
#[account]
#[derive(InitSpace, Debug)]
pub struct ClaimRecord {
    pub version: u8,
    pub bump: u8,
    /// Base units paid to this member.
    pub paid: u64,
}

impl ClaimRecord {
    /// Bytes of the account.
    pub const SPACE: usize = 8 + ClaimRecord::INIT_SPACE;
}
