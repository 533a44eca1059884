//! The list for the next epoch, and finding members by key.

use anchor_lang::prelude::*;

use crate::{
    constants::MEMBERS,
    errors::CoordinatorError,
    state::{member_state, Pending, Run, RunMember, RunState},
};

/// Keys differ in their first bytes almost always: comparing those first keeps a search of 256 members cheap.
fn same_key(a: &Pubkey, b: &Pubkey) -> bool {
    let (a, b) = (a.as_array(), b.as_array());
    a[..8] == b[..8] && a == b
}

impl Run {
    /// Members of the running (or last) epoch.
    pub fn live_members(&self) -> &[RunMember] {
        &self.members[..self.members_len as usize]
    }

    /// Index of a node among the epoch's members.
    pub fn member_index(&self, node: &Pubkey) -> Option<usize> {
        self.live_members().iter().position(|member| same_key(&member.key, node))
    }

    /// Index of a node on the list for the next epoch.
    pub fn pending_index(&self, node: &Pubkey) -> Option<usize> {
        self.pending[..self.pending_len as usize].iter().position(|pending| same_key(&pending.key, node))
    }

    /// Members that the next epoch needs.
    pub fn members_needed(&self) -> u16 {
        if self.epoch == 0 {
            self.config.init_min_clients
        } else {
            self.config.min_clients
        }
    }

    /// An epoch is under way: Warmup to Cooldown.
    pub fn in_epoch(&self) -> bool {
        (RunState::Warmup as u8..=RunState::Cooldown as u8).contains(&self.state)
    }

    /// Settings and manifest can be changed: no epoch under way, nobody about to start one.
    pub fn is_changeable(&self) -> bool {
        self.state == RunState::Uninitialized as u8 || self.state == RunState::Paused as u8
    }

    /// Puts a node on the list, or changes its capacity there.
    pub fn add_pending(&mut self, node: &Pubkey, capacity: u8, slot: u64) -> Result<()> {
        match self.pending_index(node) {
            Some(i) => self.pending[i].capacity = capacity,
            None => {
                let i = self.pending_len as usize;
                require!(i < MEMBERS, CoordinatorError::PendingFull);
                self.pending[i] = Pending { key: *node, capacity };
                self.pending_len += 1;
            }
        }
        if let Some(i) = self.member_index(node) {
            self.members[i].rejoined = 1;
        }
        self.update_min_reached(slot);
        Ok(())
    }

    /// Takes a node off the list, keeping the order of the others. Whether it was there.
    pub fn remove_pending(&mut self, node: &Pubkey, slot: u64) -> bool {
        if let Some(i) = self.member_index(node) {
            self.members[i].rejoined = 0;
        }
        let Some(i) = self.pending_index(node) else { return false };
        let len = self.pending_len as usize;
        self.pending.copy_within(i + 1..len, i);
        self.pending[len - 1] = Pending { key: Pubkey::default(), capacity: 0 };
        self.pending_len -= 1;
        self.update_min_reached(slot);
        true
    }

    /// The terms have changed: who joined under the former ones has to join again. Deposits stay where they are, so that
    /// costs a transaction; but nobody is taken into an epoch, its deposit at stake, on terms that it never saw.
    pub fn forget_pending(&mut self) {
        if self.pending_len == 0 {
            return;
        }
        for member in &mut self.members[..self.members_len as usize] {
            member.rejoined = 0;
        }
        bytemuck::fill_zeroes(&mut self.pending[..self.pending_len as usize]);
        self.pending_len = 0;
        self.min_reached_slot = 0;
    }

    /// Starts or stops the extra time that late members have, as the list reaches the number needed or falls below.
    pub(crate) fn update_min_reached(&mut self, slot: u64) {
        if self.state != RunState::WaitingForMembers as u8 || self.pending_len < self.members_needed() {
            self.min_reached_slot = 0;
        } else if self.min_reached_slot == 0 {
            self.min_reached_slot = slot;
        }
    }

    /// The member with this index, if `node` is its key and it is in this epoch.
    pub(crate) fn signing_member(&self, index: usize, node: &Pubkey) -> Result<usize> {
        require!(index < self.members_len as usize, CoordinatorError::IndexOutOfRange);
        require!(same_key(&self.members[index].key, node), CoordinatorError::NotMember);
        Ok(index)
    }

    /// Takes a healthy member out of the epoch; what it earned stays earned.
    pub(crate) fn drop_member(&mut self, index: usize) {
        if self.members[index].state == member_state::HEALTHY {
            self.healthy_count -= 1;
        }
        self.members[index].state = member_state::DROPPED;
    }

    /// Whether a node was convicted in the epoch that is under way.
    pub fn is_convicted(&self, node: &Pubkey) -> bool {
        self.in_epoch() && self.member_index(node).is_some_and(|i| self.members[i].state == member_state::CONVICTED)
    }

    /// Whether a node has to be settled before it can join or leave: its deposit is forfeit.
    pub fn owes_settlement(&self, node: &Pubkey) -> bool {
        self.member_index(node).is_some_and(|i| self.members[i].forfeited == 1 && self.members[i].settled == 0)
    }
}
