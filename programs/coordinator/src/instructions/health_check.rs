//! Drops a member whose work is missing.

use anchor_lang::prelude::*;

use crate::{machine::Moment, state::Run};

#[derive(Accounts)]
pub struct HealthCheck<'info> {
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
}

impl HealthCheck<'_> {
    pub fn handle(ctx: Context<Self>, epoch: u32, round: u32, member_index: u16) -> Result<()> {
        let at = Moment::now(ctx.accounts.run.key())?;
        let run = &mut *ctx.accounts.run.load_mut()?;
        run.check_health(&at, epoch, round, member_index as usize)?;
        run.invariant()
    }
}
