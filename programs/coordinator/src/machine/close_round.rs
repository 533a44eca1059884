//! The end of a round: RoundTrain and RoundWitness ticks, closing, and what comes next.

use anchor_lang::prelude::*;

use super::Moment;
use crate::{
    constants::{DECIDED_GRACE, MAX_UNDECIDED, ROUNDS},
    errors::CoordinatorError,
    events::{RoundDecided, RoundUndecided},
    logic::{bitmap, quorum::agreed},
    state::{member_state, round_status, Run, RunState},
};

impl Run {
    /// RoundTrain ends early only when the round is decided with every healthy trainer on the list; else at its
    /// deadline, so that slow trainers are not cut off. RoundWitness is passed through at once where it would have nothing
    /// to wait for.
    pub(super) fn tick_train(&mut self, at: &Moment) -> Result<()> {
        require!(self.seed_pinned == 1, CoordinatorError::SeedNotPinned);
        let done = self.witnesses_done(at);
        let early = done && self.every_trainer_accepted();
        require!(early || self.lasted(at, self.config.max_round_train_slots), CoordinatorError::TooEarly);
        self.enter(at, RunState::RoundWitness);
        if done {
            return self.close_round(at, false);
        }
        Ok(())
    }

    /// RoundWitness ends when the round is decided and the late witnesses had their grace, or at its deadline.
    pub(super) fn tick_witness(&mut self, at: &Moment) -> Result<()> {
        let over = self.lasted(at, self.config.round_witness_slots);
        require!(over || self.witnesses_done(at), CoordinatorError::TooEarly);
        self.close_round(at, over)
    }

    /// Whether the round is decided and no vote is waited for any more, so that the last of an honest committee is paid
    /// too.
    fn witnesses_done(&self, at: &Moment) -> bool {
        let waited = at.slot >= self.decided_slot.saturating_add(DECIDED_GRACE);
        self.decided == 1 && (waited || self.every_witness_voted())
    }

    fn every_trainer_accepted(&self) -> bool {
        let record = &self.rounds[self.round as usize % ROUNDS];
        if bitmap::is_subset(&record.trainers, &record.bitmap) {
            return true;
        }
        // Someone is missing: it must have been dropped since.
        self.live_members().iter().enumerate().all(|(i, member)| {
            member.state != member_state::HEALTHY
                || !bitmap::contains(&record.trainers, i)
                || bitmap::contains(&record.bitmap, i)
        })
    }

    fn every_witness_voted(&self) -> bool {
        (0..self.witness_count as usize).all(|position| {
            self.votes[position].voted == 1
                || self.members[self.witnesses[position] as usize].state != member_state::HEALTHY
        })
    }

    fn close_round(&mut self, at: &Moment, at_deadline: bool) -> Result<()> {
        let slot = self.round as usize % ROUNDS;
        self.rounds[slot].closed_at_deadline = at_deadline as u8;
        if self.decided == 1 {
            self.close_decided(at, slot)?;
        } else {
            self.rounds[slot].status = round_status::UNDECIDED;
            self.undecided_in_row += 1;
            emit!(RoundUndecided {
                run: at.run,
                epoch: self.epoch,
                round: self.round,
                step: self.step,
                in_row: self.undecided_in_row,
            });
        }
        self.go_on(at);
        Ok(())
    }

    fn close_decided(&mut self, at: &Moment, slot: usize) -> Result<()> {
        let points_awarded = self.award_points()?;
        let elected = self.witness_count as usize;
        let hashes = self.votes[..elected]
            .iter()
            .filter(|vote| vote.voted == 1 && vote.parameter_hash_set == 1)
            .map(|vote| &vote.parameter_hash);
        if let Some(hash) = agreed(hashes, elected) {
            self.rounds[slot].parameter_hash = *hash;
        }
        let record = &mut self.rounds[slot];
        record.status = round_status::DECIDED;
        let (bitmap, root) = (record.bitmap, record.root);
        emit!(RoundDecided {
            run: at.run,
            epoch: self.epoch,
            round: self.round,
            step: self.step,
            bitmap,
            root,
            points_awarded,
            carry: self.carry,
        });
        self.undecided_in_row = 0;
        self.step += 1;
        self.data_position += self.batch_size as u64;
        let tokens = self.batch_size as u64 * self.config.sequence_length as u64;
        self.tokens_processed = self.tokens_processed.saturating_add(tokens);
        Ok(())
    }

    /// The next round, or the epoch's end.
    fn go_on(&mut self, at: &Moment) {
        let epoch_over = at.slot >= self.epoch_start_slot.saturating_add(self.config.epoch_slots);
        if self.step >= self.config.total_steps
            || epoch_over
            || self.healthy_count < self.config.min_clients
            || self.undecided_in_row >= MAX_UNDECIDED
        {
            self.enter_cooldown(at);
        } else {
            self.round += 1;
            self.open_round(at);
        }
    }
}
