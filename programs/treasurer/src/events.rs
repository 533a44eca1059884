//! What an observer needs to follow the money from transactions' logs. Amounts in base units of the collateral.

use anchor_lang::prelude::*;

#[event]
pub struct TreasuryCreated {
    pub run: Pubkey,
    pub treasury: Pubkey,
    pub authority: Pubkey,
    pub mint: Pubkey,
    pub vault: Pubkey,
    pub rate_num: u64,
    pub rate_den: u64,
    /// A warning: the mint has a freeze authority, which can block the vault and members' accounts.
    pub freezable: bool,
    /// A warning: the mint can take a fee of every transfer, so members may get less than they are paid.
    pub transfer_fee: bool,
}

#[event]
pub struct Funded {
    pub run: Pubkey,
    pub funder: Pubkey,
    /// What arrived: less than was sent if the mint takes a transfer fee.
    pub amount: u64,
    /// In the vault now.
    pub held: u64,
}

#[event]
pub struct RateChangeRequested {
    pub run: Pubkey,
    pub num: u64,
    pub den: u64,
}

#[event]
pub struct RunResumed {
    pub run: Pubkey,
    /// In the vault now.
    pub held: u64,
    /// Earned and not paid yet, rounded up.
    pub owed: u64,
    /// The most that the next epoch can cost.
    pub next_epoch: u64,
}

#[event]
pub struct Claimed {
    pub run: Pubkey,
    pub node: Pubkey,
    pub payout: Pubkey,
    pub amount: u64,
    /// Paid to this member, this claim included.
    pub paid: u64,
    /// Owed to this member and not paid: the vault had no more, or the claim was for less.
    pub remaining: u64,
    /// Paid to all members, this claim included.
    pub paid_total: u64,
}

#[event]
pub struct Withdrawn {
    pub run: Pubkey,
    pub authority: Pubkey,
    pub amount: u64,
    /// In the vault now.
    pub held: u64,
}

#[event]
pub struct TreasuryClosed {
    pub run: Pubkey,
    pub treasury: Pubkey,
    pub authority: Pubkey,
}
