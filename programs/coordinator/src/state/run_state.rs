//! States of a run and of a member in an epoch, as stored in `Run`'s bytes.

use anchor_lang::prelude::*;

use crate::errors::CoordinatorError;

/// States of a run (docs/protocol.md, section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum RunState {
    /// Created; settings and manifest can be changed.
    Uninitialized = 0,
    /// Members join; the epoch starts with enough of them.
    WaitingForMembers = 1,
    /// Members load parameters and connect.
    Warmup = 2,
    /// Trainers train and announce; witnesses may vote.
    RoundTrain = 3,
    /// The training time is over; witnesses vote.
    RoundWitness = 4,
    /// Members vote on the epoch's hash; points are settled.
    Cooldown = 5,
    /// No more epochs.
    Finished = 6,
    /// Stopped between epochs; settings and manifest can be changed.
    Paused = 7,
}

impl TryFrom<u8> for RunState {
    type Error = Error;

    fn try_from(byte: u8) -> Result<Self> {
        Ok(match byte {
            0 => Self::Uninitialized,
            1 => Self::WaitingForMembers,
            2 => Self::Warmup,
            3 => Self::RoundTrain,
            4 => Self::RoundWitness,
            5 => Self::Cooldown,
            6 => Self::Finished,
            7 => Self::Paused,
            _ => return err!(CoordinatorError::BrokenInvariant),
        })
    }
}

/// State of a member in the running epoch.
pub mod member_state {
    /// In the epoch, has not answered `warmup_witness` yet.
    pub const JOINED: u8 = 0;
    /// Trains and may be elected.
    pub const HEALTHY: u8 = 1;
    /// Out of the epoch; keeps what it earned.
    pub const DROPPED: u8 = 2;
    /// Out of the epoch, without what it earned in it: it signed two commitments for one round.
    pub const CONVICTED: u8 = 3;
}

/// Status of a `RoundRecord`.
pub mod round_status {
    /// Nothing here, or round 0 armed during Warmup.
    pub const EMPTY: u8 = 0;
    pub const OPEN: u8 = 1;
    pub const DECIDED: u8 = 2;
    pub const UNDECIDED: u8 = 3;
}
