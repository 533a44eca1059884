//! Closes a run's accounts after its end.

use anchor_lang::prelude::*;

use crate::{
    errors::CoordinatorError,
    events::RunClosed,
    state::{Manifest, Run, RunInstance, RunState},
};

#[derive(Accounts)]
pub struct CloseRun<'info> {
    #[account(mut)]
    pub authority: Signer<'info>,
    #[account(mut, close = authority, has_one = authority @ CoordinatorError::NotAuthority)]
    pub run: AccountLoader<'info, Run>,
    /// Stays, so that the id and with it the run's address can't be used again: what a treasury has paid in this run
    /// would count for the new one.
    #[account(has_one = run)]
    pub instance: Account<'info, RunInstance>,
    #[account(mut, close = authority, has_one = run)]
    pub manifest: AccountLoader<'info, Manifest>,
}

impl CloseRun<'_> {
    fn validate(&self, run: &Run) -> Result<()> {
        require!(run.state == RunState::Finished as u8, CoordinatorError::WrongState);
        // The members' claims need the run.
        require!(run.member_accounts == 0, CoordinatorError::MembersRemain);
        Ok(())
    }

    pub fn handle(ctx: Context<Self>) -> Result<()> {
        let run = &*ctx.accounts.run.load()?;
        ctx.accounts.validate(run)?;
        emit!(RunClosed { run: ctx.accounts.run.key() });
        Ok(())
    }
}
