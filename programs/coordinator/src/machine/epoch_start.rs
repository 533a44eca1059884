//! WaitingForMembers → Warmup: the list becomes the epoch's members.

use anchor_lang::prelude::*;
use bytemuck::Zeroable;

use super::Moment;
use crate::{
    constants::MAX_MEMBERS,
    errors::CoordinatorError,
    state::{Run, RunState},
};

impl Run {
    /// WaitingForMembers: enough members, and the extra time over (or no room for more).
    pub(super) fn tick_waiting(&mut self, at: &Moment) -> Result<()> {
        let enough = self.pending_len >= self.members_needed();
        let full = self.pending_len == MAX_MEMBERS;
        let waited = self.min_reached_slot.saturating_add(self.config.waiting_for_members_extra_slots);
        require!(enough && (full || at.slot >= waited), CoordinatorError::TooEarly);
        // The deposits that a called-off Warmup left forfeit: the new members take the old ones' places.
        let forgotten = self.live_members().iter().any(|member| member.forfeited == 1 && member.settled == 0);
        require!(!forgotten, CoordinatorError::NotSettled);
        self.start_epoch(at);
        Ok(())
    }

    fn start_epoch(&mut self, at: &Moment) {
        let len = self.pending_len as usize;
        bytemuck::fill_zeroes(&mut self.members[..]);
        for (member, pending) in self.members[..len].iter_mut().zip(&self.pending[..len]) {
            member.key = pending.key;
            member.capacity = pending.capacity;
        }
        bytemuck::fill_zeroes(&mut self.pending[..len]);
        self.members_len = self.pending_len;
        self.pending_len = 0;
        self.min_reached_slot = 0;
        self.healthy_count = 0;

        self.rate_num = self.next_rate_num;
        self.rate_den = self.next_rate_den;
        self.epoch_hash_agreed = 0;
        self.checkpointer_count = 0;

        self.epoch_start_slot = at.slot;
        self.round = 0;
        self.undecided_in_row = 0;
        bytemuck::fill_zeroes(&mut self.rounds[..]);
        self.clear_round();
        self.rounds[0].epoch = self.epoch;
        self.rounds[0].step = self.step;
        self.enter(at, RunState::Warmup);
        self.arm_seed(at);
    }

    /// Forgets votes, roles and decision of the round before.
    pub(super) fn clear_round(&mut self) {
        self.decided = 0;
        self.decided_slot = 0;
        self.trainer_count = 0;
        self.witness_count = 0;
        self.batch_size = 0;
        for vote in self.votes.iter_mut().filter(|vote| vote.voted == 1) {
            *vote = Zeroable::zeroed();
        }
    }
}
