//! Settings of a run.

use anchor_lang::prelude::*;

use crate::{
    constants::{MAX_MEMBERS, MAX_WITNESSES},
    errors::CoordinatorError,
    logic::slots::slots,
};

/// Settings as given to `create_run` and `update_config`. Times in seconds.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub struct ConfigArgs {
    pub warmup_time: u32,
    pub cooldown_time: u32,
    pub max_round_train_time: u32,
    pub round_witness_time: u32,
    pub epoch_time: u32,
    pub waiting_for_members_extra_time: u32,
    /// Milliseconds of a slot; times are kept in slots, so that a halted chain stops the clock.
    pub slot_ms: u32,
    /// Members needed for the first epoch.
    pub init_min_clients: u16,
    /// Members needed for every other epoch, and to go on.
    pub min_clients: u16,
    /// Witnesses of a round; 0: all, at most 32.
    pub witness_nodes: u16,
    pub total_steps: u32,
    pub global_batch_size_start: u32,
    pub global_batch_size_end: u32,
    /// Tokens over which the global batch grows from start to end.
    pub global_batch_size_warmup_tokens: u64,
    /// Tokens of a sequence.
    pub sequence_length: u32,
    pub points_per_step: u64,
    /// Part of the points that goes to witnesses, in thousandths.
    pub witness_permille: u16,
    /// Lamports a member deposits.
    pub join_deposit: u64,
    /// 0 until verifiers exist.
    pub verification_percent: u8,
}

/// Settings as stored in `Run`: `ConfigArgs`, and its times in slots.
#[zero_copy]
pub struct Config {
    pub warmup_slots: u64,
    pub cooldown_slots: u64,
    pub max_round_train_slots: u64,
    pub round_witness_slots: u64,
    pub epoch_slots: u64,
    pub waiting_for_members_extra_slots: u64,
    pub global_batch_size_warmup_tokens: u64,
    pub points_per_step: u64,
    pub join_deposit: u64,
    pub warmup_time: u32,
    pub cooldown_time: u32,
    pub max_round_train_time: u32,
    pub round_witness_time: u32,
    pub epoch_time: u32,
    pub waiting_for_members_extra_time: u32,
    pub slot_ms: u32,
    pub total_steps: u32,
    pub global_batch_size_start: u32,
    pub global_batch_size_end: u32,
    pub sequence_length: u32,
    pub init_min_clients: u16,
    pub min_clients: u16,
    pub witness_nodes: u16,
    pub witness_permille: u16,
    pub verification_percent: u8,
    pub reserved: [u8; 3],
}

const MAX_TIME: u32 = 30 * 24 * 60 * 60;
const MAX_EPOCH_TIME: u32 = 366 * 24 * 60 * 60;
const MAX_BATCH: u32 = 1 << 20;
const MAX_SEQUENCE: u32 = 1 << 20;
const MAX_DEPOSIT: u64 = 1_000 * 1_000_000_000;

impl Config {
    /// Copies the settings and derives the times in slots. `check` says whether they are valid.
    pub fn set(&mut self, args: &ConfigArgs) {
        self.warmup_time = args.warmup_time;
        self.cooldown_time = args.cooldown_time;
        self.max_round_train_time = args.max_round_train_time;
        self.round_witness_time = args.round_witness_time;
        self.epoch_time = args.epoch_time;
        self.waiting_for_members_extra_time = args.waiting_for_members_extra_time;
        self.slot_ms = args.slot_ms;
        self.init_min_clients = args.init_min_clients;
        self.min_clients = args.min_clients;
        self.witness_nodes = args.witness_nodes;
        self.total_steps = args.total_steps;
        self.global_batch_size_start = args.global_batch_size_start;
        self.global_batch_size_end = args.global_batch_size_end;
        self.global_batch_size_warmup_tokens = args.global_batch_size_warmup_tokens;
        self.sequence_length = args.sequence_length;
        self.points_per_step = args.points_per_step;
        self.witness_permille = args.witness_permille;
        self.join_deposit = args.join_deposit;
        self.verification_percent = args.verification_percent;

        let in_slots = |seconds: u32| slots(seconds as u64, args.slot_ms);
        self.warmup_slots = in_slots(args.warmup_time);
        self.cooldown_slots = in_slots(args.cooldown_time);
        self.max_round_train_slots = in_slots(args.max_round_train_time);
        self.round_witness_slots = in_slots(args.round_witness_time);
        self.epoch_slots = in_slots(args.epoch_time);
        self.waiting_for_members_extra_slots = in_slots(args.waiting_for_members_extra_time);
    }

    /// Field by field, what a run can work with.
    pub fn check(&self) -> Result<()> {
        require!((10..=10_000).contains(&self.slot_ms), CoordinatorError::InvalidSlotMs);
        let needed = [self.warmup_time, self.cooldown_time, self.max_round_train_time, self.round_witness_time];
        let times = needed.iter().all(|time| (1..=MAX_TIME).contains(time))
            && (1..=MAX_EPOCH_TIME).contains(&self.epoch_time)
            && self.waiting_for_members_extra_time <= MAX_TIME;
        require!(times, CoordinatorError::InvalidTime);
        let clients =
            self.min_clients >= 1 && self.min_clients <= self.init_min_clients && self.init_min_clients <= MAX_MEMBERS;
        require!(clients, CoordinatorError::InvalidMinClients);
        require!(self.witness_nodes <= MAX_WITNESSES, CoordinatorError::InvalidWitnessNodes);
        require!(self.total_steps >= 1, CoordinatorError::InvalidTotalSteps);
        let batches = [self.global_batch_size_start, self.global_batch_size_end];
        require!(batches.iter().all(|batch| (1..=MAX_BATCH).contains(batch)), CoordinatorError::InvalidBatchSize);
        let largest = batches[0].max(batches[1]) as u64 * self.total_steps as u64;
        let tokens = (1..=MAX_SEQUENCE).contains(&self.sequence_length)
            && largest.checked_mul(self.sequence_length as u64).is_some();
        require!(tokens, CoordinatorError::InvalidSequenceLength);
        require!(self.witness_permille <= 1000, CoordinatorError::InvalidWitnessPermille);
        require!(self.join_deposit <= MAX_DEPOSIT, CoordinatorError::InvalidDeposit);
        require!(self.verification_percent == 0, CoordinatorError::InvalidVerification);
        Ok(())
    }
}
