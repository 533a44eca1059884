//! A run's collateral.

use anchor_lang::prelude::*;

use coordinator::Run;

use crate::{
    errors::TreasurerError,
    logic::coverage::{self, missing, NextEpoch},
};

/// Version byte of every account.
pub const ACCOUNT_VERSION: u8 = 1;

#[constant]
pub const TREASURY_SEED: &[u8] = b"treasury";
#[constant]
pub const CLAIM_SEED: &[u8] = b"claim";

/// PDA `["treasury", run]`: signs for the vault, and towards the coordinator as the run's treasury.
#[account]
#[derive(InitSpace, Debug)]
pub struct Treasury {
    pub version: u8,
    pub bump: u8,
    pub run: Pubkey,
    /// The run's authority.
    pub authority: Pubkey,
    /// Of the collateral.
    pub mint: Pubkey,
    /// The treasury's associated token account.
    pub vault: Pubkey,
    pub token_program: Pubkey,
    /// Base units paid to members.
    pub paid_total: u64,
    /// Base units that arrived through `fund`; transfers past it are not counted, but are collateral just the same.
    pub funded_total: u64,
    /// Base units that went back to the authority.
    pub withdrawn_total: u64,
    /// The mint had a freeze authority when the treasury was created.
    pub freezable: bool,
    /// The mint can take a transfer fee.
    pub transfer_fee: bool,
    /// Room for what later versions add.
    pub reserved: [u8; 62],
}

impl Treasury {
    /// Bytes of the account.
    pub const SPACE: usize = 8 + Treasury::INIT_SPACE;

    /// All that is owed or earned, and the most that the next epoch can cost at this rate, must be there. Returns that cost.
    pub fn check_coverage(&self, run: &Run, held: u64, num: u64, den: u64) -> Result<u128> {
        let next = NextEpoch {
            steps_left: run.config.total_steps.saturating_sub(run.step),
            epoch_slots: run.config.epoch_slots,
            points_per_step: run.config.points_per_step,
            carry: run.carry,
        };
        let cost = next.max_cost(num, den).ok_or(TreasurerError::Arithmetic)?;
        // Earned, but settled only when this epoch ends; none outside of one.
        let unsettled = coverage::cost(run.epoch_points.into(), run.rate_num, run.rate_den);
        let to_come = unsettled.and_then(|unsettled| unsettled.checked_add(cost)).ok_or(TreasurerError::Arithmetic)?;
        let lacking = missing(held, self.paid_total, u128::from_le_bytes(run.owed_total), to_come);
        if lacking > 0 {
            msg!("missing: {} base units", lacking);
            return err!(TreasurerError::NotCovered);
        }
        Ok(cost)
    }

    /// What holds after every instruction, whatever it did.
    pub fn invariant(&self) -> Result<()> {
        let sound = self.version == ACCOUNT_VERSION
            && [self.run, self.authority, self.mint, self.vault, self.token_program]
                .iter()
                .all(|key| *key != Pubkey::default());
        require!(sound, TreasurerError::BrokenInvariant);
        Ok(())
    }
}
