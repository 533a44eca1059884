//! The coordinator: the state machine of a training run.
//!
//! This file holds the entry points only. `instructions/` has one file per instruction (accounts, `validate`, the
//! change, then `Run::invariant`), `machine/` the transitions of the run, `logic/` pure functions without Solana
//! types that the TypeScript client mirrors bit for bit, `state/` the accounts.

// Anchor's macros expand to code these lints dislike.
#![allow(clippy::result_large_err, clippy::diverging_sub_expression, deprecated)]

use anchor_lang::prelude::*;

pub mod constants;
pub mod errors;
pub mod events;
pub mod instructions;
pub mod logic;
pub mod machine;
pub mod state;

pub use constants::*;
pub use errors::CoordinatorError;
pub use instructions::*;
pub use state::*;

// The committed key pair is for local networks; `PSYCHE_COORDINATOR_ID` at build time names one's own.
declare_id!(Pubkey::from_str_const(match option_env!("PSYCHE_COORDINATOR_ID") {
    Some(id) => id,
    None => "3bxczeuTLkBKTpVSrPbUDGNcUfRc5K2xczdGL2Y2ySpA",
}));

// Found by explorers and `query-security-txt`. A deployment of one's own names its own contacts here.
#[cfg(not(feature = "no-entrypoint"))]
solana_security_txt::security_txt! {
    name: "Psyche coordinator",
    project_url: "the source repository (docs/architecture.md)",
    contacts: "other:the maintainers, privately, through the source repository's security advisories",
    policy: "docs/security.md in the source repository",
    preferred_languages: "en",
    auditors: "None"
}

#[program]
pub mod coordinator {
    use super::*;

    /// Creates a run in `Uninitialized`. The `run` account comes from `SystemProgram.createAccountWithSeed`
    /// (base: authority, seed: run id) in the same transaction.
    pub fn create_run(
        ctx: Context<CreateRun>,
        run_id: String,
        config: ConfigArgs,
        client_version: String,
        treasury: Pubkey,
        join_authority: Pubkey,
    ) -> Result<()> {
        CreateRun::handle(ctx, run_id, config, client_version, treasury, join_authority)
    }

    /// Writes a part of the manifest; what was sealed before has to be sealed again.
    pub fn write_manifest(ctx: Context<WriteManifest>, offset: u16, bytes: Vec<u8>) -> Result<()> {
        WriteManifest::handle(ctx, offset, bytes)
    }

    /// Fixes the manifest's length and checks its sha256.
    pub fn seal_manifest(ctx: Context<SealManifest>, length: u16, hash: [u8; 32]) -> Result<()> {
        SealManifest::handle(ctx, length, hash)
    }

    /// Replaces the settings, between epochs only.
    pub fn update_config(ctx: Context<UpdateConfig>, config: ConfigArgs) -> Result<()> {
        UpdateConfig::handle(ctx, config)
    }

    /// Replaces the client version that joining members must have, between epochs only.
    pub fn update_client_version(ctx: Context<UpdateClientVersion>, client_version: String) -> Result<()> {
        UpdateClientVersion::handle(ctx, client_version)
    }

    /// Names whose authorization joining takes (default: none, anyone may join), between epochs only.
    pub fn set_join_authority(ctx: Context<SetJoinAuthority>, join_authority: Pubkey) -> Result<()> {
        SetJoinAuthority::handle(ctx, join_authority)
    }

    /// The treasury sets what a point is worth from the next epoch on: `num / den` base units of its collateral.
    pub fn set_exchange_rate(ctx: Context<SetExchangeRate>, num: u64, den: u64) -> Result<()> {
        SetExchangeRate::handle(ctx, num, den)
    }

    /// Opens a new or paused run to members. Signed by the treasury if there is one, else by the authority.
    pub fn resume(ctx: Context<Resume>) -> Result<()> {
        Resume::handle(ctx)
    }

    /// Pauses at once while waiting for members, else after the epoch's Cooldown.
    pub fn pause(ctx: Context<Pause>) -> Result<()> {
        Pause::handle(ctx)
    }

    /// Puts the node on the list for the next epoch, and pays its deposit.
    pub fn join_run(
        ctx: Context<JoinRun>,
        payout: Pubkey,
        capacity: u8,
        address: NetworkAddress,
        client_version: String,
    ) -> Result<()> {
        JoinRun::handle(ctx, payout, capacity, address, client_version)
    }

    /// Takes the node off the list and returns its deposit; closes its account if it has no points.
    pub fn leave_run(ctx: Context<LeaveRun>) -> Result<()> {
        LeaveRun::handle(ctx)
    }

    /// Moves the run on, if its time or condition has come.
    pub fn tick(ctx: Context<Tick>) -> Result<()> {
        Tick::handle(ctx)
    }

    /// Fixes the armed seed from the slot hashes.
    pub fn pin_seed(ctx: Context<PinSeed>) -> Result<()> {
        PinSeed::handle(ctx)
    }

    /// A member says that it has the parameters and is ready.
    pub fn warmup_witness(ctx: Context<WarmupWitness>, epoch: u32) -> Result<()> {
        WarmupWitness::handle(ctx, epoch)
    }

    /// An elected witness votes for an accepted list.
    pub fn witness(ctx: Context<Witness>, args: WitnessArgs) -> Result<()> {
        Witness::handle(ctx, args)
    }

    /// Anyone drops a member whose work is missing from a closed round.
    pub fn health_check(ctx: Context<HealthCheck>, epoch: u32, round: u32, member_index: u16) -> Result<()> {
        HealthCheck::handle(ctx, epoch, round, member_index)
    }

    /// Anyone convicts a trainer of having signed two commitments for one round; the proof is checked by the ed25519
    /// program's instruction right before this one.
    pub fn convict(ctx: Context<Convict>) -> Result<()> {
        Convict::handle(ctx)
    }

    /// A member votes for the hash of the parameters at the epoch's end.
    pub fn cooldown_witness(ctx: Context<CooldownWitness>, epoch: u32, hash: [u8; 32]) -> Result<()> {
        CooldownWitness::handle(ctx, epoch, hash)
    }

    /// An elected member says where the parameters with the agreed hash can be had.
    pub fn checkpoint(ctx: Context<Checkpoint>, epoch: u32, hash: [u8; 32], location: String) -> Result<()> {
        Checkpoint::handle(ctx, epoch, hash, location)
    }

    /// Anyone moves the epoch's points to the members' own accounts: one `Member` account per index.
    pub fn settle<'info>(ctx: Context<'info, Settle<'info>>, epoch: u32, indices: Vec<u8>) -> Result<()> {
        Settle::handle(ctx, epoch, indices)
    }

    /// Ends a run that was paused for 30 days, or never began.
    pub fn finish(ctx: Context<Finish>) -> Result<()> {
        Finish::handle(ctx)
    }

    /// Closes a member's account after the run's end; rent and deposit go to the node. After 90 days for anyone to send.
    pub fn close_member(ctx: Context<CloseMember>) -> Result<()> {
        CloseMember::handle(ctx)
    }

    /// Closes the run's accounts after its end, when all members' accounts are closed.
    pub fn close_run(ctx: Context<CloseRun>) -> Result<()> {
        CloseRun::handle(ctx)
    }
}
