//! Moves the run on by time and conditions.

use anchor_lang::prelude::*;

use crate::{machine::Moment, state::Run};

#[derive(Accounts)]
pub struct Tick<'info> {
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
}

impl Tick<'_> {
    pub fn handle(ctx: Context<Self>) -> Result<()> {
        let at = Moment::now(ctx.accounts.run.key())?;
        let run = &mut *ctx.accounts.run.load_mut()?;
        run.tick(&at)?;
        run.invariant()
    }
}
