//! The run's manifest: JSON that says what is trained, on what, how.

use anchor_lang::prelude::*;

/// PDA `["manifest", run]`.
#[account(zero_copy)]
pub struct Manifest {
    pub version: u8,
    pub bump: u8,
    /// The length is final and its hash is in the run.
    pub sealed: u8,
    pub reserved: u8,
    /// Bytes of `data` that count, once sealed.
    pub length: u16,
    pub run: Pubkey,
    pub data: [u8; 4096],
}

impl Manifest {
    /// Bytes of the account.
    pub const SPACE: usize = 8 + core::mem::size_of::<Manifest>();
}
