//! What holds of every run after every instruction.

use anchor_lang::prelude::*;

use super::{Run, RunState};
use crate::{
    constants::{ACCOUNT_VERSION, LOCATION_MAX, MAX_MEMBERS, MAX_UNDECIDED, MAX_WITNESSES, RUN_ID_MAX},
    errors::CoordinatorError,
    logic::rate,
};

impl Run {
    /// Called at the end of every instruction that changes the run.
    pub fn invariant(&self) -> Result<()> {
        self.config.check()?;
        self.check_budget()?;
        let state = self.run_state()?;
        let holds = self.version == ACCOUNT_VERSION
            && (1..=RUN_ID_MAX).contains(&self.run_id_len)
            && self.pause_requested <= 1
            && self.checkpoint_len <= LOCATION_MAX
            && self.lists_hold()
            && self.points_hold()
            && self.round_holds(state);
        require!(holds, CoordinatorError::BrokenInvariant);
        Ok(())
    }

    /// What the settings allow to be awarded fits 64 bits, and is worth less than 2^63 base units at either rate.
    pub fn check_budget(&self) -> Result<()> {
        require!(self.step <= self.config.total_steps, CoordinatorError::InvalidTotalSteps);
        let budget = self.budget().ok_or(CoordinatorError::InvalidPoints)?;
        let affordable = rate::fits(budget, self.rate_num, self.rate_den)
            && rate::fits(budget, self.next_rate_num, self.next_rate_den);
        require!(affordable, CoordinatorError::InvalidRate);
        Ok(())
    }

    /// Points awarded so far and by all remaining steps.
    pub fn budget(&self) -> Option<u64> {
        let remaining = self.config.total_steps.checked_sub(self.step)? as u64;
        remaining.checked_mul(self.config.points_per_step)?.checked_add(self.points_awarded_total)
    }

    fn lists_hold(&self) -> bool {
        self.members_len <= MAX_MEMBERS
            && self.pending_len <= MAX_MEMBERS
            && self.healthy_count <= self.members_len
            && self.trainer_count <= self.members_len
            && self.witness_count as u16 <= self.trainer_count.min(MAX_WITNESSES)
            && self.checkpointer_count as usize <= self.checkpointers.len()
            && self.pending_len as u32 <= self.member_accounts
    }

    /// Points are never made or lost: awarded = settled + forfeited + this epoch's + carried.
    fn points_hold(&self) -> bool {
        [self.points_forfeited, self.epoch_points, self.carry]
            .iter()
            .try_fold(self.points_earned_total, |sum, part| sum.checked_add(*part))
            == Some(self.points_awarded_total)
    }

    fn round_holds(&self, state: RunState) -> bool {
        match state {
            RunState::RoundTrain | RunState::RoundWitness => {
                let drawn = self.witness_count > 0;
                self.undecided_in_row < MAX_UNDECIDED
                    && self.batch_size > 0
                    && (!drawn || self.seed_pinned == 1)
                    && (self.decided == 0 || drawn)
            }
            RunState::Warmup | RunState::Cooldown => self.decided == 0 && self.witness_count == 0,
            _ => self.decided == 0 && self.epoch_points == 0,
        }
    }
}
