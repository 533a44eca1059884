//! A member says that it is ready.

use anchor_lang::prelude::*;

use crate::{machine::Moment, state::Run};

#[derive(Accounts)]
pub struct WarmupWitness<'info> {
    pub node: Signer<'info>,
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
}

impl WarmupWitness<'_> {
    pub fn handle(ctx: Context<Self>, epoch: u32) -> Result<()> {
        let at = Moment::now(ctx.accounts.run.key())?;
        let run = &mut *ctx.accounts.run.load_mut()?;
        run.warm_up(&at, epoch, ctx.accounts.node.key)?;
        run.invariant()
    }
}
