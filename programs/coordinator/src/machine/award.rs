//! Points of a decided round (protocol 5).

use anchor_lang::prelude::*;

use super::vote::is_for;
use crate::{
    constants::{ROUNDS, WITNESSES},
    errors::CoordinatorError,
    logic::{
        assignment::Split,
        bitmap,
        points::{split_award, TrainerPay},
    },
    state::{member_state, Run},
};

impl Run {
    /// Pays accepted trainers by their share and the witnesses that voted for what was decided, the convicted left out;
    /// the remainder is carried. Returns the points that the round added.
    pub(super) fn award_points(&mut self) -> Result<u64> {
        let slot = self.round as usize % ROUNDS;
        let (accepted, root) = (self.rounds[slot].bitmap, self.rounds[slot].root);
        let award = split_award(self.config.points_per_step, self.carry, self.config.witness_permille)
            .ok_or(CoordinatorError::Arithmetic)?;
        let paid = self.pay_trainers(award.trainers, &accepted) + self.pay_witnesses(award.witnesses, &accepted, &root);
        self.carry = award.total.checked_sub(paid).ok_or(CoordinatorError::Arithmetic)?;
        self.epoch_points = self.epoch_points.checked_add(paid).ok_or(CoordinatorError::Arithmetic)?;
        self.points_awarded_total =
            self.points_awarded_total.checked_add(self.config.points_per_step).ok_or(CoordinatorError::Arithmetic)?;
        Ok(self.config.points_per_step)
    }

    fn pay_trainers(&mut self, pot: u64, accepted: &[u8; 32]) -> u64 {
        let counts = self.capacity_counts();
        let split = Split::new(self.batch_size, &counts);
        let order = &self.trainer_order[..self.trainer_count as usize];

        let mut dealing = split.clone();
        let mut accepted_shares = 0u64;
        for index in order {
            let member = &self.members[*index as usize];
            let share = dealing.next_share(member.capacity);
            if bitmap::contains(accepted, *index as usize) && member.state != member_state::CONVICTED {
                accepted_shares += share as u64;
            }
        }

        let pay = TrainerPay::new(pot, accepted_shares, &split, &counts);
        let mut dealing = split.clone();
        let mut paid = 0;
        for index in order {
            let member = &mut self.members[*index as usize];
            let share = dealing.next_share(member.capacity);
            if bitmap::contains(accepted, *index as usize) && member.state != member_state::CONVICTED {
                let points = pay.of(member.capacity, share, &split);
                member.points += points;
                member.accepted_rounds += 1;
                paid += points;
            }
        }
        paid
    }

    fn pay_witnesses(&mut self, pot: u64, accepted: &[u8; 32], root: &[u8; 32]) -> u64 {
        let elected = self.witness_count as usize;
        let convicted =
            |position: usize| self.members[self.witnesses[position] as usize].state == member_state::CONVICTED;
        let agrees = |position: &usize| is_for(&self.votes[*position], accepted, root) && !convicted(*position);
        let mut agreeing = [0u8; WITNESSES];
        let mut count = 0;
        for position in (0..elected).filter(agrees) {
            agreeing[count] = self.witnesses[position];
            count += 1;
        }
        if count == 0 {
            return 0;
        }
        let points = pot / count as u64;
        for index in &agreeing[..count] {
            let member = &mut self.members[*index as usize];
            member.points += points;
            member.witnessed_rounds += 1;
        }
        points * count as u64
    }
}
