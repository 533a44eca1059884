//! Limits of the protocol (docs/protocol.md, section 2).

use anchor_lang::prelude::*;

/// Members of an epoch, and of the list that waits for the next.
#[constant]
pub const MAX_MEMBERS: u16 = 256;
/// Witnesses of a round.
#[constant]
pub const MAX_WITNESSES: u16 = 32;
/// Rounds kept in the run's ring.
#[constant]
pub const ROUNDS_KEPT: u8 = 4;
/// Bytes of a run id.
#[constant]
pub const RUN_ID_MAX: u8 = 32;
/// Bytes of a packed multiaddr.
#[constant]
pub const MULTIADDR_MAX: u8 = 48;
/// Bytes of a manifest.
#[constant]
pub const MANIFEST_MAX: u16 = 4096;
/// Bytes of a client version.
#[constant]
pub const CLIENT_VERSION_MAX: u8 = 32;
/// Bytes of a checkpoint's location.
#[constant]
pub const LOCATION_MAX: u8 = 128;
/// Highest capacity that a member can declare.
#[constant]
pub const MAX_CAPACITY: u8 = 8;
/// Members elected to post a checkpoint.
#[constant]
pub const CHECKPOINTERS: u8 = 4;
/// A seed comes from the first slot at least this many slots after the round opened.
#[constant]
pub const SEED_DELAY: u64 = 2;
/// A seed not pinned within this many slots is armed again (SlotHashes keeps 512).
#[constant]
pub const SEED_WINDOW: u64 = 400;
/// Slots that a decided round waits for the remaining witnesses.
#[constant]
pub const DECIDED_GRACE: u64 = 2;
/// Undecided rounds in a row that end an epoch.
#[constant]
pub const MAX_UNDECIDED: u8 = 3;
/// Slots in a day, of 400 ms each: the waits below can't be shortened by a run's own settings.
const DAY: u64 = 24 * 60 * 60 * 1000 / 400;
/// Slots that a run has to be paused before it can be finished: 30 days.
#[constant]
pub const FINISH_AFTER_PAUSED: u64 = 30 * DAY;
/// Slots after a run's end from which anyone can close a member's account: 90 days.
#[constant]
pub const CLOSE_AFTER_FINISHED: u64 = 90 * DAY;
/// Version byte of every account.
#[constant]
pub const ACCOUNT_VERSION: u8 = 1;

/// Array lengths, as the language wants them.
pub const MEMBERS: usize = MAX_MEMBERS as usize;
pub const WITNESSES: usize = MAX_WITNESSES as usize;
pub const ROUNDS: usize = ROUNDS_KEPT as usize;

#[constant]
pub const RUN_SEED: &[u8] = b"run";
#[constant]
pub const MANIFEST_SEED: &[u8] = b"manifest";
#[constant]
pub const MEMBER_SEED: &[u8] = b"member";
pub const SLOT_HASHES_ID: Pubkey = pubkey!("SysvarS1otHashes111111111111111111111111111");
