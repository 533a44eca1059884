//! Members inside `Run`: of the running epoch, and of the list for the next.

use anchor_lang::prelude::*;

use super::member_state;

/// A member of the running epoch; its index in `Run::members` is fixed until the epoch ends.
#[zero_copy]
pub struct RunMember {
    /// Node key.
    pub key: Pubkey,
    /// Points earned in this epoch and not settled yet.
    pub points: u64,
    /// Its vote for the hash of the epoch's last parameters; valid if `cooldown_voted`.
    pub cooldown_hash: [u8; 32],
    /// Decided rounds of this epoch with its work on the list.
    pub accepted_rounds: u32,
    /// Decided rounds of this epoch that it voted for.
    pub witnessed_rounds: u32,
    /// Declared capacity, 1 to 8.
    pub capacity: u8,
    /// `member_state`.
    pub state: u8,
    pub cooldown_voted: u8,
    pub settled: u8,
    /// It did not warm up in time: `settle` takes its deposit.
    pub forfeited: u8,
    /// It is on the list for the next epoch.
    pub rejoined: u8,
    pub reserved: [u8; 2],
}

impl RunMember {
    /// Whether it has a vote on the epoch's hash: it was warm, and is not convicted.
    pub fn has_epoch_vote(&self) -> bool {
        self.forfeited == 0 && self.state != member_state::CONVICTED
    }
}

/// A node that joined for the next epoch.
#[zero_copy]
pub struct Pending {
    /// Node key.
    pub key: Pubkey,
    /// Declared capacity, 1 to 8.
    pub capacity: u8,
}
