use anchor_lang::prelude::*;

use crate::{constants::*, errors::CoordinatorError, state::*};

#[derive(Accounts)]
pub struct LeaveRun<'info> {
    #[account(mut)]
    pub node: Signer<'info>,
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
    #[account(mut, has_one = run, has_one = node)]
    pub member: Account<'info, Member>,
}

impl LeaveRun<'_> {
    pub fn handle(_ctx: Context<Self>) -> Result<()> {
        Ok(())
    }
}
