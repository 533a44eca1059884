//! Where the agreed parameters can be had.

use anchor_lang::prelude::*;

use crate::{machine::Moment, state::Run};

#[derive(Accounts)]
pub struct Checkpoint<'info> {
    pub node: Signer<'info>,
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
}

impl Checkpoint<'_> {
    pub fn handle(ctx: Context<Self>, epoch: u32, hash: [u8; 32], location: String) -> Result<()> {
        let at = Moment::now(ctx.accounts.run.key())?;
        let run = &mut *ctx.accounts.run.load_mut()?;
        run.post_checkpoint(&at, epoch, ctx.accounts.node.key, &hash, &location)?;
        run.invariant()
    }
}
