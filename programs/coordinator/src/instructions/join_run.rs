use anchor_lang::prelude::*;

use crate::{constants::*, errors::CoordinatorError, state::*};

#[derive(Accounts)]
pub struct JoinRun<'info> {
    #[account(mut)]
    pub node: Signer<'info>,
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
    #[account(
        init_if_needed,
        payer = node,
        space = Member::SPACE,
        seeds = [MEMBER_SEED, run.key().as_ref(), node.key().as_ref()],
        bump,
    )]
    pub member: Account<'info, Member>,
    pub system_program: Program<'info, System>,
}

impl JoinRun<'_> {
    pub fn handle(_ctx: Context<Self>, _payout: Pubkey, _capacity: u8, _address: NetworkAddress, _client_version: String) -> Result<()> {
        Ok(())
    }
}
