//! A member's vote for the epoch's hash.

use anchor_lang::prelude::*;

use crate::{machine::Moment, state::Run};

#[derive(Accounts)]
pub struct CooldownWitness<'info> {
    pub node: Signer<'info>,
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
}

impl CooldownWitness<'_> {
    pub fn handle(ctx: Context<Self>, epoch: u32, hash: [u8; 32]) -> Result<()> {
        let at = Moment::now(ctx.accounts.run.key())?;
        let run = &mut *ctx.accounts.run.load_mut()?;
        run.vote_epoch_hash(&at, epoch, ctx.accounts.node.key, &hash)?;
        run.invariant()
    }
}
