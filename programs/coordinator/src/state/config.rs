//! Settings of a run.

use anchor_lang::prelude::*;

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
