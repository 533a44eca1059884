//! Replaces the client version that joining members must have.

use anchor_lang::prelude::*;

use crate::{errors::CoordinatorError, events::ClientVersionChanged, state::Run};

#[derive(Accounts)]
pub struct UpdateClientVersion<'info> {
    pub authority: Signer<'info>,
    #[account(mut, has_one = authority @ CoordinatorError::NotAuthority)]
    pub run: AccountLoader<'info, Run>,
}

impl UpdateClientVersion<'_> {
    fn validate(&self, run: &Run) -> Result<()> {
        require!(run.is_changeable(), CoordinatorError::WrongState);
        Ok(())
    }

    pub fn handle(ctx: Context<Self>, client_version: String) -> Result<()> {
        let run = &mut *ctx.accounts.run.load_mut()?;
        ctx.accounts.validate(run)?;
        run.set_client_version(&client_version)?;
        run.forget_pending();
        emit!(ClientVersionChanged { run: ctx.accounts.run.key(), client_version });
        run.invariant()
    }
}
