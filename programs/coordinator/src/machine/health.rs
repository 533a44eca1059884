//! Dropping members whose work is missing.

use anchor_lang::prelude::*;

use super::Moment;
use crate::{
    constants::ROUNDS,
    errors::CoordinatorError,
    events::{drop_reason, MemberDropped},
    logic::bitmap,
    state::{member_state, round_status, RoundRecord, Run, RunState},
};

impl Run {
    /// Drops a member that a closed round of this epoch shows to be missing.
    pub fn check_health(&mut self, at: &Moment, epoch: u32, round: u32, index: usize) -> Result<()> {
        let running = matches!(self.run_state()?, RunState::RoundTrain | RunState::RoundWitness | RunState::Cooldown);
        require!(running, CoordinatorError::WrongState);
        require!(self.epoch == epoch, CoordinatorError::WrongEpoch);
        require!(index < self.members_len as usize, CoordinatorError::IndexOutOfRange);
        require!(self.members[index].state == member_state::HEALTHY, CoordinatorError::NotHealthy);
        let record = &self.rounds[round as usize % ROUNDS];
        let closed = matches!(record.status, round_status::DECIDED | round_status::UNDECIDED);
        require!(closed && record.epoch == epoch && record.round == round, CoordinatorError::RoundNotKept);
        let reason = fault(record, index).ok_or(CoordinatorError::MemberIsHealthy)?;
        self.drop_member(index);
        emit!(MemberDropped { run: at.run, epoch, round, node: self.members[index].key, reason });
        Ok(())
    }
}

/// What the member missed in this closed round. As a trainer it is judged by decided rounds only. A witness must have
/// voted where witnesses had all their time, unless nobody did: then the fault lies elsewhere.
fn fault(record: &RoundRecord, index: usize) -> Option<u8> {
    let missing = bitmap::contains(&record.trainers, index) && !bitmap::contains(&record.bitmap, index);
    if record.status == round_status::DECIDED && missing {
        return Some(drop_reason::NOT_ON_LIST);
    }
    let elected = &record.witnesses_elected[..record.witness_count as usize];
    let position = elected.iter().position(|witness| *witness as usize == index)?;
    let silent = record.voted_mask & (1 << position) == 0;
    (record.closed_at_deadline == 1 && silent && record.voted_mask != 0).then_some(drop_reason::SILENT_WITNESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    fn record(status: u8, at_deadline: u8, voted_mask: u32) -> RoundRecord {
        let mut record = RoundRecord::zeroed();
        record.status = status;
        record.closed_at_deadline = at_deadline;
        record.voted_mask = voted_mask;
        record.trainers[0] = 0b111;
        record.bitmap[0] = if status == round_status::DECIDED { 0b011 } else { 0 };
        record.witnesses_elected[..2].copy_from_slice(&[1, 0]);
        record.witness_count = 2;
        record
    }

    #[test]
    fn trainers_are_judged_by_decided_rounds() {
        assert_eq!(fault(&record(round_status::DECIDED, 0, 3), 2), Some(drop_reason::NOT_ON_LIST));
        assert_eq!(fault(&record(round_status::DECIDED, 0, 3), 1), None);
        assert_eq!(fault(&record(round_status::UNDECIDED, 1, 3), 2), None);
        assert_eq!(fault(&record(round_status::DECIDED, 0, 3), 3), None, "not a trainer");
    }

    #[test]
    fn witnesses_must_vote_where_they_had_their_time() {
        assert_eq!(fault(&record(round_status::UNDECIDED, 1, 0b01), 0), Some(drop_reason::SILENT_WITNESS));
        assert_eq!(fault(&record(round_status::UNDECIDED, 1, 0b01), 1), None);
        assert_eq!(fault(&record(round_status::DECIDED, 1, 0b01), 0), Some(drop_reason::SILENT_WITNESS));
        assert_eq!(fault(&record(round_status::DECIDED, 0, 0b01), 0), None);
        assert_eq!(fault(&record(round_status::UNDECIDED, 1, 0), 0), None, "nobody voted");
    }
}
