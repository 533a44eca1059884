//! `tick`: by time and conditions only, for anyone to send.

use anchor_lang::prelude::*;

use super::Moment;
use crate::{
    errors::CoordinatorError,
    state::{Run, RunState},
};

impl Run {
    /// Moves the run on, or fails with what it waits for.
    pub fn tick(&mut self, at: &Moment) -> Result<()> {
        match self.run_state()? {
            RunState::WaitingForMembers => self.tick_waiting(at),
            RunState::Warmup => self.tick_warmup(at),
            RunState::RoundTrain => self.tick_train(at),
            RunState::RoundWitness => self.tick_witness(at),
            RunState::Cooldown => self.tick_cooldown(at),
            RunState::Uninitialized | RunState::Paused | RunState::Finished => err!(CoordinatorError::WrongState),
        }
    }
}
