//! The run: all that a round needs, in one zero-copy account.

use anchor_lang::prelude::*;

use super::{Config, Pending, RoundRecord, RunMember, Vote};
use crate::{
    constants::{CLIENT_VERSION_MAX, MEMBERS, ROUNDS, WITNESSES},
    errors::CoordinatorError,
};

/// Made by `SystemProgram.createAccountWithSeed(authority, run_id)`: a program can't create more than 10,240 bytes.
/// Fields are ordered by alignment, so that there is no padding.
#[account(zero_copy)]
pub struct Run {
    // --- time and progress ---
    /// When the state began (for RoundTrain: when its seed was pinned), in slots.
    pub state_start_slot: u64,
    pub epoch_start_slot: u64,
    /// When enough members were there, while WaitingForMembers; 0: not yet.
    pub min_reached_slot: u64,
    /// When the current round was decided.
    pub decided_slot: u64,
    /// First slot whose hash may become the armed seed.
    pub seed_slot: u64,
    pub tokens_processed: u64,
    /// Index of the first sequence of the current round's batch.
    pub data_position: u64,
    // --- points and money ---
    /// `points_per_step` of every decided round so far = settled + forfeited + this epoch's + carry.
    pub points_awarded_total: u64,
    /// Settled points of all members.
    pub points_earned_total: u64,
    /// Points of the convicted that no later round can award any more.
    pub points_forfeited: u64,
    /// Points in `members`, not settled yet.
    pub epoch_points: u64,
    /// Remainder that goes into the next decided round.
    pub carry: u64,
    /// Base units of collateral per point in this epoch.
    pub rate_num: u64,
    pub rate_den: u64,
    /// The rate from the next epoch on.
    pub next_rate_num: u64,
    pub next_rate_den: u64,
    /// Deposits in all `Member` accounts, lamports.
    pub deposits_held: u64,
    /// Deposits taken from members that did not warm up, held by this account, lamports.
    pub deposits_forfeited: u64,
    /// Base units owed to all members, u128 Q64.64 little-endian (bytes, for alignment).
    pub owed_total: [u8; 16],
    pub config: Config,
    // --- counters ---
    /// First epoch: 0.
    pub epoch: u32,
    /// Round of the epoch; always increasing, also where an undecided one is opened again.
    pub round: u32,
    /// Decided steps; the current step has this number.
    pub step: u32,
    /// Global batch of the current round, in sequences.
    pub batch_size: u32,
    /// Open `Member` accounts.
    pub member_accounts: u32,
    pub members_len: u16,
    pub pending_len: u16,
    /// Members in state Healthy.
    pub healthy_count: u16,
    pub trainer_count: u16,
    // --- small ---
    pub version: u8,
    /// `RunState`.
    pub state: u8,
    pub pause_requested: u8,
    pub run_id_len: u8,
    pub undecided_in_row: u8,
    /// A quorum of the current round's witnesses agrees.
    pub decided: u8,
    /// The armed seed is pinned.
    pub seed_pinned: u8,
    pub witness_count: u8,
    pub checkpoint_len: u8,
    pub checkpointer_count: u8,
    /// A quorum of the last epoch's members agreed on `epoch_hash`.
    pub epoch_hash_agreed: u8,
    pub reserved_bytes: [u8; 5],
    /// Members elected to post this epoch's checkpoint.
    pub checkpointers: [u8; 4],
    pub run_id: [u8; 32],
    pub authority: Pubkey,
    /// The treasury's address; default: none.
    pub treasury: Pubkey,
    /// Whose authorization joining takes; default: anyone may join.
    pub join_authority: Pubkey,
    /// sha256 of the sealed manifest; zero: not sealed.
    pub manifest_hash: [u8; 32],
    /// UTF-8, padded with zeros.
    pub client_version: [u8; 32],
    /// Agreed hash of the parameters where the epoch starts; zero: the initial ones.
    pub epoch_hash: [u8; 32],
    /// Tells this run from any other at the same address, on another cluster or in another life: commitments name it.
    pub origin: [u8; 32],
    /// The agreed hash that `checkpoint` has the parameters of.
    pub checkpoint_hash: [u8; 32],
    /// UTF-8 location, `checkpoint_len` bytes.
    pub checkpoint: [u8; 128],
    /// Room for what later versions add.
    pub reserved: [u8; 480],
    // --- the round ---
    /// Member indices of the current round's trainers, in seed order.
    pub trainer_order: [u8; MEMBERS],
    /// Member indices of the current round's witnesses.
    pub witnesses: [u8; WITNESSES],
    pub votes: [Vote; WITNESSES],
    pub rounds: [RoundRecord; ROUNDS],
    // --- members ---
    pub members: [RunMember; MEMBERS],
    pub pending: [Pending; MEMBERS],
}

impl Run {
    /// Bytes of the account.
    pub const SPACE: usize = 8 + core::mem::size_of::<Run>();

    /// The run in an account's bytes, for programs that may be given a closed run too, which `AccountLoader` refuses.
    /// The caller checks the account's owner.
    pub fn read(data: &[u8]) -> Option<&Run> {
        let content = data.strip_prefix(Run::DISCRIMINATOR)?;
        bytemuck::try_from_bytes(content).ok()
    }
}

const _: () = assert!(Run::SPACE <= 40_000, "Run must stay within 40,000 bytes");

impl Run {
    /// Stores a client version: printable ASCII, padded with zeros.
    pub fn set_client_version(&mut self, version: &str) -> Result<()> {
        let bytes = version.as_bytes();
        let valid = !bytes.is_empty()
            && bytes.len() <= CLIENT_VERSION_MAX as usize
            && bytes.iter().all(|byte| byte.is_ascii_graphic());
        require!(valid, CoordinatorError::InvalidClientVersion);
        self.client_version = [0; CLIENT_VERSION_MAX as usize];
        self.client_version[..bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    /// Whether this is the version that members must have.
    pub fn is_client_version(&self, version: &str) -> bool {
        let bytes = version.as_bytes();
        bytes.len() <= self.client_version.len()
            && self.client_version.starts_with(bytes)
            && self.client_version[bytes.len()..].iter().all(|byte| *byte == 0)
    }
}
