//! Votes of the current round, and the ring of the last rounds.

use anchor_lang::prelude::*;

/// The vote of the witness at this position of `Run::witnesses`, in the current round.
#[zero_copy]
pub struct Vote {
    pub voted: u8,
    pub parameter_hash_set: u8,
    /// Accepted members, bit `i` of byte `i / 8` (least significant first).
    pub bitmap: [u8; 32],
    /// Merkle root of the accepted commitments.
    pub root: [u8; 32],
    /// Hash of the parameters before this round's list is applied, at `hash_interval`.
    pub parameter_hash: [u8; 32],
}

/// One of the last rounds, at `round % ROUNDS_KEPT`.
#[zero_copy]
pub struct RoundRecord {
    /// Index of the round's first sequence.
    pub data_position: u64,
    pub round: u32,
    pub epoch: u32,
    /// The step that this round decides; an undecided round is opened again with the same step.
    pub step: u32,
    pub batch_size: u32,
    /// Bit `p`: the witness at position `p` voted.
    pub voted_mask: u32,
    /// `round_status`.
    pub status: u8,
    /// The witnesses had all of their time.
    pub closed_at_deadline: u8,
    pub witness_count: u8,
    /// `seed` is pinned.
    pub seed_pinned: u8,
    pub seed: [u8; 32],
    /// Accepted members, once a quorum agrees.
    pub bitmap: [u8; 32],
    /// Root of the accepted list, once a quorum agrees.
    pub root: [u8; 32],
    /// The parameter hash that a quorum named, else zero.
    pub parameter_hash: [u8; 32],
    /// Members with a share of the batch (healthy when the roles were drawn).
    pub trainers: [u8; 32],
    /// Member indices of the elected witnesses, by position.
    pub witnesses_elected: [u8; 32],
}
