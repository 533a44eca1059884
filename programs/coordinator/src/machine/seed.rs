//! Arming and pinning a round's seed (protocol 2, "Seeds").

use anchor_lang::prelude::*;

use super::Moment;
use crate::{
    constants::{ROUNDS, SEED_DELAY, SEED_WINDOW},
    errors::CoordinatorError,
    events::{SeedArmed, SeedPinned},
    logic::{seed::round_seed, slot_hashes},
    state::{Run, RunState},
};

impl Run {
    /// The seed of the current round will come from a slot that does not exist yet.
    pub(super) fn arm_seed(&mut self, at: &Moment) {
        self.seed_slot = at.slot + SEED_DELAY;
        self.seed_pinned = 0;
        emit!(SeedArmed { run: at.run, epoch: self.epoch, round: self.round, seed_slot: self.seed_slot });
    }

    /// Stores the seed from the SlotHashes sysvar's bytes; arms it again if its time is over. In RoundTrain the roles
    /// are drawn and the time to train starts.
    pub fn pin_seed(&mut self, at: &Moment, slot_hashes: &[u8]) -> Result<()> {
        let waiting = matches!(self.run_state()?, RunState::Warmup | RunState::RoundTrain);
        require!(waiting, CoordinatorError::WrongState);
        require!(self.seed_pinned == 0, CoordinatorError::SeedAlreadyPinned);
        // SlotHashes keeps the last 512 slots: later than this, its first slot may not be the first there was.
        if at.slot > self.seed_slot + SEED_WINDOW {
            self.arm_seed(at);
            return Ok(());
        }
        let (slot, hash) =
            slot_hashes::first_at_or_after(slot_hashes, self.seed_slot).ok_or(CoordinatorError::SeedTooEarly)?;
        let seed = round_seed(at.run.as_array(), self.epoch, self.round, &hash);
        let record = &mut self.rounds[self.round as usize % ROUNDS];
        record.seed = seed;
        record.seed_pinned = 1;
        self.seed_pinned = 1;
        emit!(SeedPinned { run: at.run, epoch: self.epoch, round: self.round, slot, seed });
        if self.state == RunState::RoundTrain as u8 {
            self.draw_roles();
            self.state_start_slot = at.slot;
        }
        Ok(())
    }
}
