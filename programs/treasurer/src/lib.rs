//! The treasurer: holds a run's collateral and pays it out for points.
//!
//! One treasury per run, an account of this program that is the run's `treasury` in the coordinator. The coordinator
//! says what each member is owed (`Member::owed`, at the rate of the epoch it was earned in); the treasurer pays that,
//! never more than it holds, never twice, only to the member's payout key. It trusts nothing but the coordinator's
//! accounts: it has no lists of its own but what it has paid.
//!
//! This file holds the entry points only. `instructions/` has one file per instruction (accounts, `validate`, the
//! change, then `Treasury::invariant`), `logic/` the arithmetic without Solana types, `state/` the accounts.

// Anchor's macros expand to code these lints dislike.
#![allow(clippy::result_large_err, clippy::diverging_sub_expression, deprecated)]

use anchor_lang::prelude::*;

pub mod collateral;
pub mod errors;
pub mod events;
pub mod instructions;
pub mod logic;
pub mod state;

pub use errors::TreasurerError;
pub use instructions::*;
pub use state::*;

// The committed key pair is for local networks; `PSYCHE_TREASURER_ID` at build time names one's own.
declare_id!(Pubkey::from_str_const(match option_env!("PSYCHE_TREASURER_ID") {
    Some(id) => id,
    None => "AucCLXmKPLSewoMrTDWQ6BtArapGgpmQRMxKidNZUYfZ",
}));

// Found by explorers and `query-security-txt`. A deployment of one's own names its own contacts here.
#[cfg(not(feature = "no-entrypoint"))]
solana_security_txt::security_txt! {
    name: "Psyche treasurer",
    project_url: "the source repository (docs/architecture.md)",
    contacts: "other:the maintainers, privately, through the source repository's security advisories",
    policy: "docs/security.md in the source repository",
    preferred_languages: "en",
    auditors: "None"
}

#[program]
pub mod treasurer {
    use super::*;

    /// Creates the treasury of a run that names it, and says what a point is worth: `rate_num / rate_den` base units.
    pub fn create_treasury(ctx: Context<CreateTreasury>, rate_num: u64, rate_den: u64) -> Result<()> {
        CreateTreasury::handle(ctx, rate_num, rate_den)
    }

    /// Anyone adds collateral.
    pub fn fund(ctx: Context<Fund>, amount: u64) -> Result<()> {
        Fund::handle(ctx, amount)
    }

    /// The authority changes what a point is worth, from the next epoch on.
    pub fn set_exchange_rate(ctx: Context<SetExchangeRate>, num: u64, den: u64) -> Result<()> {
        SetExchangeRate::handle(ctx, num, den)
    }

    /// The authority opens the run to members, if the treasury can pay the next epoch.
    pub fn resume_run(ctx: Context<ResumeRun>) -> Result<()> {
        ResumeRun::handle(ctx)
    }

    /// A member's payout key takes what the member is owed, or `max_amount` of it, or what there is.
    pub fn claim(ctx: Context<Claim>, max_amount: Option<u64>) -> Result<()> {
        Claim::handle(ctx, max_amount)
    }

    /// After the run's end the authority takes back what nobody is owed.
    pub fn withdraw(ctx: Context<Withdraw>, amount: u64) -> Result<()> {
        Withdraw::handle(ctx, amount)
    }

    /// Closes treasury and vault when the run's accounts are closed and the vault is empty; all lamports to the authority.
    pub fn close_treasury(ctx: Context<CloseTreasury>) -> Result<()> {
        CloseTreasury::handle(ctx)
    }

    /// Closes what remembers a member's payments when its account can never be there again; rent to the payout key.
    pub fn close_claim_record(ctx: Context<CloseClaimRecord>) -> Result<()> {
        CloseClaimRecord::handle(ctx)
    }
}
