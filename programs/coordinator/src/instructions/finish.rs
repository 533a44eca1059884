//! Ends a run that is not going to go on.

use anchor_lang::prelude::*;

use crate::{errors::CoordinatorError, machine::Moment, state::Run};

#[derive(Accounts)]
pub struct Finish<'info> {
    pub authority: Signer<'info>,
    #[account(mut, has_one = authority @ CoordinatorError::NotAuthority)]
    pub run: AccountLoader<'info, Run>,
}

impl Finish<'_> {
    pub fn handle(ctx: Context<Self>) -> Result<()> {
        let at = Moment::now(ctx.accounts.run.key())?;
        let run = &mut *ctx.accounts.run.load_mut()?;
        run.end(&at)?;
        run.invariant()
    }
}
