//! Moving an epoch's points to the members' own accounts.

use anchor_lang::prelude::*;

use super::Moment;
use crate::{
    errors::CoordinatorError,
    logic::rate,
    state::{Member, Run, RunState},
};

/// What a settlement moved.
pub struct Settlement {
    pub points: u64,
    /// Lamports to move from the member's account to the run's.
    pub deposit_forfeited: u64,
}

impl Run {
    /// Whether `settle` has anything to do in this state: Cooldown, and for deposits that a called-off Warmup left
    /// forfeit, until the next one.
    pub fn check_settleable(&self, epoch: u32) -> Result<()> {
        let settling = matches!(
            self.run_state()?,
            RunState::Cooldown | RunState::WaitingForMembers | RunState::Paused | RunState::Finished
        );
        require!(settling, CoordinatorError::WrongState);
        require!(self.epoch == epoch, CoordinatorError::WrongEpoch);
        Ok(())
    }

    /// Settles the member at `index`, whose account `member` is.
    pub fn settle_member(&mut self, at: &Moment, index: usize, member: &mut Member) -> Result<Settlement> {
        require!(index < self.members_len as usize, CoordinatorError::IndexOutOfRange);
        let entry = &mut self.members[index];
        let mine = member.run == at.run && member.node == entry.key;
        require!(mine, CoordinatorError::WrongMemberAccount);
        require!(entry.settled == 0, CoordinatorError::AlreadySettled);
        let points = entry.points;
        entry.points = 0;
        entry.settled = 1;
        let forfeited = entry.forfeited == 1;
        let node = entry.key;

        let owed = rate::owed(points, self.rate_num, self.rate_den).ok_or(CoordinatorError::Arithmetic)?;
        member.points = member.points.checked_add(points).ok_or(CoordinatorError::Arithmetic)?;
        member.owed = member.owed.checked_add(owed).ok_or(CoordinatorError::Arithmetic)?;
        member.vested_points = points;
        member.vested_epoch = self.epoch;
        let owed_total = self.owed_total().checked_add(owed).ok_or(CoordinatorError::Arithmetic)?;
        self.owed_total = owed_total.to_le_bytes();
        self.epoch_points = self.epoch_points.checked_sub(points).ok_or(CoordinatorError::Arithmetic)?;
        self.points_earned_total = self.points_earned_total.checked_add(points).ok_or(CoordinatorError::Arithmetic)?;

        let mut deposit_forfeited = 0;
        if forfeited {
            deposit_forfeited = member.deposit;
            member.deposit = 0;
            self.deposits_held =
                self.deposits_held.checked_sub(deposit_forfeited).ok_or(CoordinatorError::Arithmetic)?;
            self.deposits_forfeited += deposit_forfeited;
            // Without a deposit it can't be in the next epoch: it has to join again.
            self.remove_pending(&node, at.slot);
        }
        Ok(Settlement { points, deposit_forfeited })
    }

    /// Base units owed to all members, Q64.64.
    pub fn owed_total(&self) -> u128 {
        u128::from_le_bytes(self.owed_total)
    }
}
