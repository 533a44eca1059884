//! What outlives an epoch of a node: whom to pay, how to reach it, its deposit and its points.

use anchor_lang::prelude::*;

/// PDA `["member", run, node]`.
#[account]
#[derive(InitSpace, Debug)]
pub struct Member {
    pub version: u8,
    pub bump: u8,
    pub run: Pubkey,
    /// The key that runs on the machine and signs.
    pub node: Pubkey,
    /// The key that alone can claim; fixed by the first join.
    pub payout: Pubkey,
    /// 0 none, 1 multiaddr, 2 through another member.
    pub address_kind: u8,
    pub address_len: u8,
    /// Packed multiaddr without `/p2p`, or a member index (u16, little-endian).
    pub address: [u8; 48],
    /// Declared capacity, 1 to 8.
    pub capacity: u8,
    /// Lamports held in this account beyond its rent.
    pub deposit: u64,
    /// Points settled over all epochs.
    pub points: u64,
    /// Base units of collateral owed over all epochs, Q64.64.
    pub owed: u128,
    /// Points taken away by convictions.
    pub slashed: u64,
    /// Points of the last settlement: a conviction in the same epoch takes them back.
    pub vested_points: u64,
    /// Epoch of the last settlement. What it brought can be claimed when that epoch's Cooldown is over.
    pub vested_epoch: u32,
    /// Epoch of the last join.
    pub joined_epoch: u32,
}

impl Member {
    /// Bytes of the account.
    pub const SPACE: usize = 8 + Member::INIT_SPACE;
}
