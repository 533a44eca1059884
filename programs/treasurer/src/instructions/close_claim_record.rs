use anchor_lang::prelude::*;
use coordinator::{Run, RunState};

use crate::{errors::TreasurerError, state::*};

#[derive(Accounts)]
pub struct CloseClaimRecord<'info> {
    /// Gets back the rent that it paid.
    #[account(mut)]
    pub payout: Signer<'info>,
    /// CHECK: the run, or what `close_run` left of it; see `validate`.
    pub run: UncheckedAccount<'info>,
    /// CHECK: what `close_member` left of the member's account; see `validate`.
    pub member: UncheckedAccount<'info>,
    /// CHECK: only its address counts.
    #[account(seeds = [TREASURY_SEED, run.key().as_ref()], bump)]
    pub treasury: UncheckedAccount<'info>,
    #[account(
        mut,
        close = payout,
        has_one = payout @ TreasurerError::NotPayout,
        seeds = [CLAIM_SEED, treasury.key().as_ref(), member.key().as_ref()],
        bump = claim_record.bump,
    )]
    pub claim_record: Account<'info, ClaimRecord>,
}

impl CloseClaimRecord<'_> {
    /// The member can never be there again: nobody joins a run that has ended.
    fn validate(&self) -> Result<()> {
        require!(is_closed(&self.member), TreasurerError::MemberNotClosed);
        if is_closed(&self.run) {
            return Ok(());
        }
        require_keys_eq!(*self.run.owner, coordinator::ID, TreasurerError::WrongRun);
        let data = self.run.try_borrow_data()?;
        let run = Run::read(&data).ok_or(TreasurerError::WrongRun)?;
        require!(run.state == RunState::Finished as u8, TreasurerError::MemberNotClosed);
        Ok(())
    }

    pub fn handle(ctx: Context<Self>) -> Result<()> {
        ctx.accounts.validate()
    }
}

/// Whether nothing is left of an account of the coordinator.
pub(crate) fn is_closed(account: &AccountInfo) -> bool {
    *account.owner == System::id() && account.data_is_empty()
}
