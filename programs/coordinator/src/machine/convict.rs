//! What a conviction takes from a member (protocol 5).

use anchor_lang::prelude::*;

use super::Moment;
use crate::{
    errors::CoordinatorError,
    logic::rate,
    state::{member_state, Member, Run, RunState},
};

/// What was taken.
pub struct Conviction {
    /// Points that the member had earned in this epoch.
    pub points: u64,
    /// Its deposit, to be moved from its account: lamports for the prover,
    pub to_prover: u64,
    /// and for the treasury.
    pub to_treasury: u64,
}

impl Run {
    /// Convicts the member at `index`, whose key is `node` and whose account `member`, of having signed two commitments
    /// for one round of this epoch. Possible until Cooldown is over, settled or not: what was settled can't have been
    /// claimed yet. Its points go into the next decided round, its deposit to prover and treasury.
    pub fn convict(&mut self, at: &Moment, index: usize, node: &Pubkey, member: &mut Member) -> Result<Conviction> {
        let running = matches!(self.run_state()?, RunState::RoundTrain | RunState::RoundWitness | RunState::Cooldown);
        require!(running, CoordinatorError::WrongState);
        let index = self.signing_member(index, node)?;
        let entry = &self.members[index];
        require!(member.run == at.run && member.node == *node, CoordinatorError::WrongMemberAccount);
        require!(entry.state != member_state::CONVICTED, CoordinatorError::AlreadyConvicted);
        // Who was cold trained nothing, and its deposit is forfeit in full.
        require!(entry.forfeited == 0, CoordinatorError::NotHealthy);

        let points = self.take_points(index, member)?;
        self.drop_member(index);
        self.members[index].state = member_state::CONVICTED;
        self.remove_pending(node, at.slot);

        let deposit = member.deposit;
        member.deposit = 0;
        self.deposits_held = self.deposits_held.checked_sub(deposit).ok_or(CoordinatorError::Arithmetic)?;
        let to_prover = deposit / 2;
        self.count_epoch_votes(at);
        Ok(Conviction { points, to_prover, to_treasury: deposit - to_prover })
    }

    /// Takes what the member earned in this epoch, from the epoch or, if it is settled, from its own account.
    fn take_points(&mut self, index: usize, member: &mut Member) -> Result<u64> {
        let less = |from: u64, points: u64| from.checked_sub(points).ok_or(CoordinatorError::Arithmetic);
        let entry = &mut self.members[index];
        let mut points = entry.points;
        entry.points = 0;
        self.epoch_points = less(self.epoch_points, points)?;
        // Settled in this epoch; who had no points then may have been settled last in an earlier one.
        if entry.settled == 1 && member.vested_epoch == self.epoch {
            points = member.vested_points;
            let owed = rate::owed(points, self.rate_num, self.rate_den).ok_or(CoordinatorError::Arithmetic)?;
            let owed_total = self.owed_total().checked_sub(owed).ok_or(CoordinatorError::Arithmetic)?;
            self.owed_total = owed_total.to_le_bytes();
            self.points_earned_total = less(self.points_earned_total, points)?;
            member.owed = member.owed.checked_sub(owed).ok_or(CoordinatorError::Arithmetic)?;
            member.points = less(member.points, points)?;
            member.vested_points = 0;
        }
        self.members[index].settled = 1;
        member.slashed = member.slashed.saturating_add(points);
        // To the others, in the next round; where there is none, to nobody.
        let pot = if self.step < self.config.total_steps { &mut self.carry } else { &mut self.points_forfeited };
        *pot = pot.checked_add(points).ok_or(CoordinatorError::Arithmetic)?;
        Ok(points)
    }
}
