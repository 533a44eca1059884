//! Cooldown: members vote on the epoch's hash, a checkpoint is posted, points are settled.

use anchor_lang::prelude::*;

use super::Moment;
use crate::{
    constants::{LOCATION_MAX, ROUNDS},
    errors::CoordinatorError,
    events::{CheckpointPosted, CooldownVoted, EpochHashAgreed, RunFinished, RunPaused},
    logic::{
        quorum::{agreed, is_quorum},
        roles::elect_checkpointers,
    },
    state::{member_state, Run, RunState},
};

impl Run {
    /// The round just closed was the epoch's last.
    pub(super) fn enter_cooldown(&mut self, at: &Moment) {
        let seed = self.rounds[self.round as usize % ROUNDS].seed;
        let (elected, count) = elect_checkpointers(&seed, self.members_len as usize);
        self.checkpointers = elected;
        self.checkpointer_count = count as u8;
        // Nothing to move: no account is needed to say so.
        for member in &mut self.members[..self.members_len as usize] {
            member.settled = (member.points == 0 && member.forfeited == 0) as u8;
        }
        self.clear_round();
        self.enter(at, RunState::Cooldown);
    }

    /// A member's vote for the hash of the epoch's last parameters. The quorum is of all who were in the epoch: those
    /// dropped since may vote too; those who never were warm, and the convicted, may not and don't count.
    pub fn vote_epoch_hash(&mut self, at: &Moment, epoch: u32, node: &Pubkey, hash: &[u8; 32]) -> Result<()> {
        require!(self.state == RunState::Cooldown as u8, CoordinatorError::WrongState);
        require!(self.epoch == epoch, CoordinatorError::WrongEpoch);
        let index = self.member_index(node).ok_or(CoordinatorError::NotMember)?;
        let member = &mut self.members[index];
        require!(member.has_epoch_vote(), CoordinatorError::NotHealthy);
        member.cooldown_voted = 1;
        member.cooldown_hash = *hash;
        emit!(CooldownVoted { run: at.run, epoch, node: *node, hash: *hash });
        if self.epoch_hash_agreed == 0 {
            let voters = || self.live_members().iter().filter(|m| m.has_epoch_vote());
            let same = voters().filter(|m| m.cooldown_voted == 1 && m.cooldown_hash == *hash).count();
            if is_quorum(same, voters().count()) {
                self.agree_on_epoch_hash(at, hash);
            }
        }
        Ok(())
    }

    fn agree_on_epoch_hash(&mut self, at: &Moment, hash: &[u8; 32]) {
        self.epoch_hash = *hash;
        self.epoch_hash_agreed = 1;
        emit!(EpochHashAgreed { run: at.run, epoch: self.epoch, hash: *hash });
    }

    /// One voter less: the votes that are there may be a quorum now.
    pub(super) fn count_epoch_votes(&mut self, at: &Moment) {
        if self.state != RunState::Cooldown as u8 || self.epoch_hash_agreed == 1 {
            return;
        }
        let voters = || self.live_members().iter().filter(|m| m.has_epoch_vote());
        let hashes = voters().filter(|m| m.cooldown_voted == 1).map(|m| &m.cooldown_hash);
        if let Some(hash) = agreed(hashes, voters().count()).copied() {
            self.agree_on_epoch_hash(at, &hash);
        }
    }

    /// Where the parameters with the agreed hash can be had: in Cooldown, and until the next epoch starts.
    pub fn post_checkpoint(
        &mut self,
        at: &Moment,
        epoch: u32,
        node: &Pubkey,
        hash: &[u8; 32],
        location: &str,
    ) -> Result<()> {
        let last_epoch = match self.run_state()? {
            RunState::Cooldown => Some(self.epoch),
            RunState::WaitingForMembers | RunState::Paused | RunState::Finished => self.epoch.checked_sub(1),
            _ => return err!(CoordinatorError::WrongState),
        };
        require!(last_epoch == Some(epoch), CoordinatorError::WrongEpoch);
        require!(self.epoch_hash_agreed == 1 && self.epoch_hash == *hash, CoordinatorError::HashNotAgreed);
        let elected = &self.checkpointers[..self.checkpointer_count as usize];
        let found = elected.iter().map(|i| &self.members[*i as usize]).any(|m| m.key == *node && m.has_epoch_vote());
        require!(found, CoordinatorError::NotCheckpointer);
        let bytes = location.as_bytes();
        require!(!bytes.is_empty() && bytes.len() <= LOCATION_MAX as usize, CoordinatorError::InvalidLocation);
        self.checkpoint = [0; LOCATION_MAX as usize];
        self.checkpoint[..bytes.len()].copy_from_slice(bytes);
        self.checkpoint_len = bytes.len() as u8;
        self.checkpoint_hash = *hash;
        emit!(CheckpointPosted { run: at.run, epoch, node: *node, hash: *hash, location: location.to_string() });
        Ok(())
    }

    /// Cooldown ends when no vote is waited for any more, or at its deadline, and all are settled. The healthy are always
    /// waited for; those dropped since they were warm only where the hash still lacks its quorum.
    pub(super) fn tick_cooldown(&mut self, at: &Moment) -> Result<()> {
        let members = self.live_members();
        let agreed = self.epoch_hash_agreed == 1;
        let all_voted = members
            .iter()
            .all(|m| m.cooldown_voted == 1 || !m.has_epoch_vote() || (agreed && m.state != member_state::HEALTHY));
        require!(all_voted || self.lasted(at, self.config.cooldown_slots), CoordinatorError::TooEarly);
        require!(members.iter().all(|m| m.settled == 1), CoordinatorError::NotSettled);
        self.epoch += 1;
        if self.step >= self.config.total_steps {
            self.finish(at);
        } else {
            self.enter_between_epochs(at);
        }
        Ok(())
    }

    /// Waiting for members, or paused where that was asked for.
    pub(super) fn enter_between_epochs(&mut self, at: &Moment) {
        if self.pause_requested == 1 {
            self.pause_requested = 0;
            self.enter(at, RunState::Paused);
            emit!(RunPaused { run: at.run, epoch: self.epoch, slot: at.slot });
        } else {
            self.enter(at, RunState::WaitingForMembers);
        }
        self.update_min_reached(at.slot);
    }

    pub(super) fn finish(&mut self, at: &Moment) {
        self.pause_requested = 0;
        self.min_reached_slot = 0;
        self.enter(at, RunState::Finished);
        emit!(RunFinished { run: at.run, epoch: self.epoch, step: self.step, slot: at.slot });
    }
}
