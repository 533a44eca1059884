//! The account that makes run ids unique and leads from an id to its run.

use anchor_lang::prelude::*;

/// PDA `["run", run_id]`.
#[account]
#[derive(InitSpace)]
pub struct RunInstance {
    pub version: u8,
    pub bump: u8,
    #[max_len(32)]
    pub run_id: String,
    /// The `Run` account.
    pub run: Pubkey,
    pub authority: Pubkey,
}
