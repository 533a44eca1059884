//! What an observer needs to follow a run from its transactions' logs.

use anchor_lang::prelude::*;

use crate::instructions::WitnessMetrics;

#[event]
pub struct RunCreated {
    pub run: Pubkey,
    pub authority: Pubkey,
    pub treasury: Pubkey,
    pub run_id: String,
}

#[event]
pub struct ConfigChanged {
    pub run: Pubkey,
}

#[event]
pub struct ClientVersionChanged {
    pub run: Pubkey,
    pub client_version: String,
}

#[event]
pub struct ManifestSealed {
    pub run: Pubkey,
    pub hash: [u8; 32],
    pub length: u16,
}

#[event]
pub struct RateChanged {
    pub run: Pubkey,
    pub num: u64,
    pub den: u64,
    /// It applies already (a run that never began), not from the next epoch on.
    pub applied: bool,
}

#[event]
pub struct JoinAuthorityChanged {
    pub run: Pubkey,
    /// Default: anyone may join.
    pub join_authority: Pubkey,
}

/// States as in `RunState`.
#[event]
pub struct StateChanged {
    pub run: Pubkey,
    pub epoch: u32,
    pub round: u32,
    pub step: u32,
    pub from: u8,
    pub to: u8,
    pub slot: u64,
}

#[event]
pub struct PauseRequested {
    pub run: Pubkey,
    pub epoch: u32,
}

#[event]
pub struct RunPaused {
    pub run: Pubkey,
    pub epoch: u32,
    pub slot: u64,
}

#[event]
pub struct RunResumed {
    pub run: Pubkey,
    pub epoch: u32,
    pub slot: u64,
}

#[event]
pub struct RunFinished {
    pub run: Pubkey,
    pub epoch: u32,
    pub step: u32,
    pub slot: u64,
}

#[event]
pub struct RunClosed {
    pub run: Pubkey,
}

#[event]
pub struct MemberJoined {
    pub run: Pubkey,
    pub node: Pubkey,
    pub payout: Pubkey,
    pub capacity: u8,
}

#[event]
pub struct MemberLeft {
    pub run: Pubkey,
    pub node: Pubkey,
    /// Lamports returned.
    pub deposit: u64,
}

#[event]
pub struct MemberWarm {
    pub run: Pubkey,
    pub epoch: u32,
    pub node: Pubkey,
}

/// Members that did not answer in Warmup: they are dropped, and their deposits forfeit.
#[event]
pub struct MembersCold {
    pub run: Pubkey,
    pub epoch: u32,
    /// Bitmap of member indices.
    pub members: [u8; 32],
}

#[event]
pub struct MemberClosed {
    pub run: Pubkey,
    pub node: Pubkey,
}

#[event]
pub struct SeedArmed {
    pub run: Pubkey,
    pub epoch: u32,
    pub round: u32,
    /// First slot whose hash may become the seed.
    pub seed_slot: u64,
}

#[event]
pub struct SeedPinned {
    pub run: Pubkey,
    pub epoch: u32,
    pub round: u32,
    /// The slot whose hash it was made of.
    pub slot: u64,
    pub seed: [u8; 32],
}

#[event]
pub struct RoundOpened {
    pub run: Pubkey,
    pub epoch: u32,
    pub round: u32,
    pub step: u32,
    pub data_position: u64,
    pub batch_size: u32,
}

#[event]
pub struct WitnessVoted {
    pub run: Pubkey,
    pub epoch: u32,
    pub round: u32,
    pub node: Pubkey,
    pub bitmap: [u8; 32],
    pub root: [u8; 32],
    pub parameter_hash: Option<[u8; 32]>,
    pub possession: [u8; 32],
    pub metrics: WitnessMetrics,
}

#[event]
pub struct RoundDecided {
    pub run: Pubkey,
    pub epoch: u32,
    pub round: u32,
    pub step: u32,
    pub bitmap: [u8; 32],
    pub root: [u8; 32],
    /// Points that this round added.
    pub points_awarded: u64,
    /// Remainder that goes into the next decided round.
    pub carry: u64,
}

#[event]
pub struct RoundUndecided {
    pub run: Pubkey,
    pub epoch: u32,
    pub round: u32,
    pub step: u32,
    pub in_row: u8,
}

/// Why a member was dropped: `reason` of `MemberDropped`.
pub mod drop_reason {
    /// Its work is missing from a decided round's list.
    pub const NOT_ON_LIST: u8 = 1;
    /// It was an elected witness and did not vote in its time.
    pub const SILENT_WITNESS: u8 = 2;
}

#[event]
pub struct MemberDropped {
    pub run: Pubkey,
    pub epoch: u32,
    pub round: u32,
    pub node: Pubkey,
    /// `drop_reason`.
    pub reason: u8,
}

/// A trainer that signed two commitments for one round.
#[event]
pub struct MemberConvicted {
    pub run: Pubkey,
    pub epoch: u32,
    pub round: u32,
    pub node: Pubkey,
    pub prover: Pubkey,
    /// What it had earned in this epoch.
    pub points: u64,
    /// Lamports of its deposit that the prover got.
    pub to_prover: u64,
    /// Lamports of its deposit that the treasury got, or the run where there is none.
    pub to_treasury: u64,
}

#[event]
pub struct CooldownVoted {
    pub run: Pubkey,
    pub epoch: u32,
    pub node: Pubkey,
    pub hash: [u8; 32],
}

#[event]
pub struct EpochHashAgreed {
    pub run: Pubkey,
    pub epoch: u32,
    pub hash: [u8; 32],
}

#[event]
pub struct CheckpointPosted {
    pub run: Pubkey,
    pub epoch: u32,
    pub node: Pubkey,
    pub hash: [u8; 32],
    pub location: String,
}

#[event]
pub struct PointsSettled {
    pub run: Pubkey,
    pub epoch: u32,
    pub node: Pubkey,
    pub points: u64,
    /// Lamports of its deposit that were taken away.
    pub deposit_forfeited: u64,
}
