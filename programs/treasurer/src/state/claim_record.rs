//! What a member was paid.

use anchor_lang::prelude::*;

/// PDA `["claim", treasury, member]`; rent paid by the payout key. It stays as long as the member's account can be there,
/// so that nothing is paid twice.
#[account]
#[derive(InitSpace, Debug)]
pub struct ClaimRecord {
    pub version: u8,
    pub bump: u8,
    /// The member's payout key, which gets the rent back.
    pub payout: Pubkey,
    /// Base units paid to this member.
    pub paid: u64,
}

impl ClaimRecord {
    /// Bytes of the account.
    pub const SPACE: usize = 8 + ClaimRecord::INIT_SPACE;
}
