//! Pausing, resuming, ending.

use anchor_lang::prelude::*;

use super::Moment;
use crate::{
    constants::FINISH_AFTER_PAUSED,
    errors::CoordinatorError,
    events::{PauseRequested, RunResumed},
    state::{Run, RunState},
};

impl Run {
    /// At once while waiting for members, else after the epoch's Cooldown.
    pub fn request_pause(&mut self, at: &Moment) -> Result<()> {
        match self.run_state()? {
            RunState::WaitingForMembers => {
                self.pause_requested = 1;
                self.enter_between_epochs(at);
            }
            RunState::Warmup | RunState::RoundTrain | RunState::RoundWitness | RunState::Cooldown => {
                self.pause_requested = 1;
                emit!(PauseRequested { run: at.run, epoch: self.epoch });
            }
            _ => return err!(CoordinatorError::WrongState),
        }
        Ok(())
    }

    /// A new or paused run waits for members.
    pub fn resume(&mut self, at: &Moment) -> Result<()> {
        require!(self.is_changeable(), CoordinatorError::WrongState);
        require!(self.manifest_hash != [0; 32], CoordinatorError::ManifestNotSealed);
        self.enter(at, RunState::WaitingForMembers);
        self.update_min_reached(at.slot);
        emit!(RunResumed { run: at.run, epoch: self.epoch, slot: at.slot });
        Ok(())
    }

    /// Ends a run that never began, or was paused for 30 days.
    pub fn end(&mut self, at: &Moment) -> Result<()> {
        let finishable = match self.run_state()? {
            RunState::Uninitialized => true,
            RunState::Paused => self.lasted(at, FINISH_AFTER_PAUSED),
            _ => false,
        };
        require!(finishable, CoordinatorError::NotFinishable);
        self.finish(at);
        Ok(())
    }
}
