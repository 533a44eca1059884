use anchor_lang::prelude::*;

use crate::{constants::*, errors::CoordinatorError, state::*};

#[derive(Accounts)]
pub struct CloseMember<'info> {
    #[account(mut)]
    pub node: Signer<'info>,
    /// CHECK: must be the member's payout key, and sign if the member has points; see `validate`.
    pub payout: UncheckedAccount<'info>,
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
    #[account(mut, close = node, has_one = run, has_one = node, has_one = payout)]
    pub member: Account<'info, Member>,
}

impl CloseMember<'_> {
    pub fn handle(_ctx: Context<Self>) -> Result<()> {
        Ok(())
    }
}
