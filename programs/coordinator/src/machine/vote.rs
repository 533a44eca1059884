//! Witnesses' votes, and when they decide.

use anchor_lang::prelude::*;

use super::Moment;
use crate::{
    constants::ROUNDS,
    errors::CoordinatorError,
    logic::{bitmap, quorum::is_quorum},
    state::{member_state, Run, RunState, Vote},
};

/// What a witness votes for.
pub struct Ballot<'a> {
    pub epoch: u32,
    pub round: u32,
    /// Position in `Run::witnesses`.
    pub position: u8,
    /// Index in `Run::members`.
    pub member_index: u16,
    pub bitmap: &'a [u8; 32],
    pub root: &'a [u8; 32],
    pub parameter_hash: Option<&'a [u8; 32]>,
}

impl Run {
    /// Takes a vote, or a changed one, and sees whether a quorum agrees.
    pub fn vote(&mut self, at: &Moment, node: &Pubkey, ballot: &Ballot) -> Result<()> {
        let open = matches!(self.run_state()?, RunState::RoundTrain | RunState::RoundWitness);
        require!(open, CoordinatorError::WrongState);
        require!(self.epoch == ballot.epoch, CoordinatorError::WrongEpoch);
        require!(self.round == ballot.round, CoordinatorError::WrongRound);
        require!(self.seed_pinned == 1, CoordinatorError::SeedNotPinned);
        let index = self.signing_member(ballot.member_index as usize, node)?;
        require!(self.members[index].state == member_state::HEALTHY, CoordinatorError::NotHealthy);
        let position = ballot.position as usize;
        let elected = position < self.witness_count as usize && self.witnesses[position] as usize == index;
        require!(elected, CoordinatorError::NotWitness);
        let record = &self.rounds[self.round as usize % ROUNDS];
        let valid = !bitmap::is_empty(ballot.bitmap) && bitmap::is_subset(ballot.bitmap, &record.trainers);
        require!(valid, CoordinatorError::InvalidBitmap);

        let vote = &mut self.votes[position];
        vote.voted = 1;
        vote.bitmap = *ballot.bitmap;
        vote.root = *ballot.root;
        vote.parameter_hash_set = ballot.parameter_hash.is_some() as u8;
        vote.parameter_hash = ballot.parameter_hash.copied().unwrap_or_default();
        self.rounds[self.round as usize % ROUNDS].voted_mask |= 1 << position;
        self.decide(at, ballot.bitmap, ballot.root);
        Ok(())
    }

    /// After a vote for this list: it may be what a quorum agrees on now, or leave the former choice without one.
    fn decide(&mut self, at: &Moment, bitmap: &[u8; 32], root: &[u8; 32]) {
        let slot = self.round as usize % ROUNDS;
        let elected = self.witness_count as usize;
        if is_quorum(self.count_votes(bitmap, root), elected) {
            let record = &mut self.rounds[slot];
            if self.decided == 0 || record.bitmap != *bitmap || record.root != *root {
                record.bitmap = *bitmap;
                record.root = *root;
                self.decided = 1;
                self.decided_slot = at.slot;
            }
        } else if self.decided == 1 {
            let (bitmap, root) = (self.rounds[slot].bitmap, self.rounds[slot].root);
            if !is_quorum(self.count_votes(&bitmap, &root), elected) {
                self.rounds[slot].bitmap = [0; 32];
                self.rounds[slot].root = [0; 32];
                self.decided = 0;
                self.decided_slot = 0;
            }
        }
    }

    /// Votes for exactly this list.
    fn count_votes(&self, bitmap: &[u8; 32], root: &[u8; 32]) -> usize {
        self.votes[..self.witness_count as usize].iter().filter(|vote| is_for(vote, bitmap, root)).count()
    }
}

/// Whether this vote was cast, and for exactly this list.
pub(super) fn is_for(vote: &Vote, bitmap: &[u8; 32], root: &[u8; 32]) -> bool {
    vote.voted == 1 && vote.root == *root && vote.bitmap == *bitmap
}
