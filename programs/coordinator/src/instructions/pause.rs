//! Pauses the run between epochs.

use anchor_lang::prelude::*;

use crate::{errors::CoordinatorError, machine::Moment, state::Run};

#[derive(Accounts)]
pub struct Pause<'info> {
    pub authority: Signer<'info>,
    #[account(mut, has_one = authority @ CoordinatorError::NotAuthority)]
    pub run: AccountLoader<'info, Run>,
}

impl Pause<'_> {
    pub fn handle(ctx: Context<Self>) -> Result<()> {
        let at = Moment::now(ctx.accounts.run.key())?;
        let run = &mut *ctx.accounts.run.load_mut()?;
        run.request_pause(&at)?;
        run.invariant()
    }
}
