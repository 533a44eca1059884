//! Warmup: members answer when they are ready; the first round opens, or the epoch does not come about.

use anchor_lang::prelude::*;

use super::Moment;
use crate::{
    constants::MEMBERS,
    errors::CoordinatorError,
    events::{MemberWarm, MembersCold},
    logic::bitmap,
    state::{member_state, Pending, Run, RunState},
};

impl Run {
    /// A member is ready.
    pub fn warm_up(&mut self, at: &Moment, epoch: u32, node: &Pubkey) -> Result<()> {
        require!(self.state == RunState::Warmup as u8, CoordinatorError::WrongState);
        require!(self.epoch == epoch, CoordinatorError::WrongEpoch);
        let index = self.member_index(node).ok_or(CoordinatorError::NotMember)?;
        require!(self.members[index].state == member_state::JOINED, CoordinatorError::AlreadyWarm);
        self.members[index].state = member_state::HEALTHY;
        self.healthy_count += 1;
        emit!(MemberWarm { run: at.run, epoch, node: *node });
        Ok(())
    }

    /// Warmup ends when all are ready, or at its deadline.
    pub(super) fn tick_warmup(&mut self, at: &Moment) -> Result<()> {
        let all_warm = self.healthy_count == self.members_len;
        require!(all_warm || self.lasted(at, self.config.warmup_slots), CoordinatorError::TooEarly);
        if self.healthy_count < self.config.min_clients {
            self.drop_cold(at);
            self.call_off_epoch(at);
            return Ok(());
        }
        require!(self.seed_pinned == 1, CoordinatorError::SeedNotPinned);
        self.drop_cold(at);
        self.open_round(at);
        Ok(())
    }

    /// Who is not ready is not in the epoch and forfeits its deposit. One event for all: the program's heap would not
    /// hold 255.
    fn drop_cold(&mut self, at: &Moment) {
        let mut cold = [0u8; 32];
        for i in 0..self.members_len as usize {
            let member = &mut self.members[i];
            if member.state == member_state::JOINED {
                member.state = member_state::DROPPED;
                member.forfeited = 1;
                bitmap::insert(&mut cold, i);
            }
        }
        if !bitmap::is_empty(&cold) {
            emit!(MembersCold { run: at.run, epoch: self.epoch, members: cold });
        }
    }

    /// Too few: those that were ready go back to the list, and the run waits for members again, in the same epoch. Where
    /// the rate has changed since they joined, or authorizations are to be looked at again, they join again themselves.
    fn call_off_epoch(&mut self, at: &Moment) {
        let same_rate = (self.rate_num, self.rate_den) == (self.next_rate_num, self.next_rate_den);
        let relist = same_rate && self.join_authority == Pubkey::default();
        for i in 0..self.members_len as usize {
            if self.members[i].state != member_state::HEALTHY {
                continue;
            }
            let (key, capacity) = (self.members[i].key, self.members[i].capacity);
            self.members[i].settled = 1;
            if relist && self.members[i].rejoined == 0 && (self.pending_len as usize) < MEMBERS {
                self.pending[self.pending_len as usize] = Pending { key, capacity };
                self.pending_len += 1;
                self.members[i].rejoined = 1;
            }
        }
        self.enter_between_epochs(at);
    }
}
