//! The transitions of a run. Everything that changes a `Run` after its creation is here, one idea per file; the
//! instructions check accounts and signers and call it. Nothing reads the clock: the slot is given.

mod award;
mod close_round;
mod convict;
mod cooldown;
mod epoch_start;
mod health;
mod members;
mod open_round;
mod seed;
mod settle;
mod stop;
mod tick;
mod vote;
mod warmup;

#[cfg(test)]
mod simulation;

pub use convict::Conviction;
pub use settle::Settlement;
pub use vote::Ballot;

use anchor_lang::prelude::*;

use crate::{
    events::StateChanged,
    state::{Run, RunState},
};

/// Where and when something happens to a run: its address, for events and seeds, and the slot.
#[derive(Clone, Copy)]
pub struct Moment {
    pub run: Pubkey,
    pub slot: u64,
}

impl Moment {
    /// The present slot of the chain.
    pub fn now(run: Pubkey) -> Result<Self> {
        Ok(Self { run, slot: Clock::get()?.slot })
    }
}

impl Run {
    /// The state as an enum.
    pub fn run_state(&self) -> Result<RunState> {
        RunState::try_from(self.state)
    }

    /// Enters a state: its time starts, observers are told.
    pub(crate) fn enter(&mut self, at: &Moment, to: RunState) {
        let from = self.state;
        self.state = to as u8;
        self.state_start_slot = at.slot;
        emit!(StateChanged {
            run: at.run,
            epoch: self.epoch,
            round: self.round,
            step: self.step,
            from,
            to: self.state,
            slot: at.slot,
        });
    }

    /// Whether the present state has lasted this many slots.
    pub(crate) fn lasted(&self, at: &Moment, slots: u64) -> bool {
        at.slot >= self.state_start_slot.saturating_add(slots)
    }
}
