//! Opening a round, and drawing its roles.

use anchor_lang::prelude::*;

use super::Moment;
use crate::{
    constants::{MEMBERS, ROUNDS},
    events::RoundOpened,
    logic::{
        assignment::{count_capacities, Split},
        batch_size::batch_size,
        bitmap, roles,
    },
    state::{member_state, round_status, Run, RunState},
};

impl Run {
    /// Opens round `self.round`. Round 0 has its seed from Warmup; the others' is armed, and roles follow when it is
    /// pinned.
    pub(super) fn open_round(&mut self, at: &Moment) {
        self.clear_round();
        self.batch_size = batch_size(
            self.tokens_processed,
            self.config.global_batch_size_start,
            self.config.global_batch_size_end,
            self.config.global_batch_size_warmup_tokens,
        );
        let slot = self.round as usize % ROUNDS;
        let seed = self.rounds[slot].seed;
        let record = &mut self.rounds[slot];
        bytemuck::fill_zeroes(core::slice::from_mut(record));
        record.epoch = self.epoch;
        record.round = self.round;
        record.step = self.step;
        record.data_position = self.data_position;
        record.batch_size = self.batch_size;
        record.status = round_status::OPEN;
        if self.round == 0 {
            record.seed = seed;
            record.seed_pinned = 1;
        }
        self.enter(at, RunState::RoundTrain);
        emit!(RoundOpened {
            run: at.run,
            epoch: self.epoch,
            round: self.round,
            step: self.step,
            data_position: self.data_position,
            batch_size: self.batch_size,
        });
        if self.round == 0 {
            self.draw_roles();
        } else {
            self.arm_seed(at);
        }
    }

    /// Draws trainers and witnesses from the members that are healthy now.
    pub(super) fn draw_roles(&mut self) {
        let mut count = 0;
        for (i, member) in self.members[..self.members_len as usize].iter().enumerate() {
            if member.state == member_state::HEALTHY {
                self.trainer_order[count] = i as u8;
                count += 1;
            }
        }
        self.trainer_count = count as u16;
        let slot = self.round as usize % ROUNDS;
        let seed = self.rounds[slot].seed;

        let mut drawn = [0u8; MEMBERS];
        drawn[..count].copy_from_slice(&self.trainer_order[..count]);
        let elected = roles::elect_witnesses(&seed, &mut drawn[..count], self.config.witness_nodes);
        self.witnesses[..elected].copy_from_slice(&drawn[..elected]);
        self.witnesses[elected..].fill(0);
        self.witness_count = elected as u8;

        roles::order_trainers(&seed, &mut self.trainer_order[..count]);
        self.trainer_order[count..].fill(0);

        // Who has no share of a small batch has nothing to show: it is no trainer of this round.
        let mut trainers = [0u8; 32];
        let mut split = self.split();
        for i in 0..count {
            let index = self.trainer_order[i] as usize;
            if split.next_share(self.members[index].capacity) > 0 {
                bitmap::insert(&mut trainers, index);
            }
        }
        let record = &mut self.rounds[slot];
        record.trainers = trainers;
        record.witnesses_elected = self.witnesses;
        record.witness_count = self.witness_count;
    }

    /// How the current round's batch is split among its trainers.
    pub(super) fn split(&self) -> Split {
        Split::new(self.batch_size, &self.capacity_counts())
    }

    /// How many of the current round's trainers have each capacity.
    pub(super) fn capacity_counts(&self) -> [u16; 9] {
        let order = &self.trainer_order[..self.trainer_count as usize];
        count_capacities(order.iter().map(|i| self.members[*i as usize].capacity))
    }
}
