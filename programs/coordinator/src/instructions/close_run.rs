use anchor_lang::prelude::*;

use crate::{constants::*, errors::CoordinatorError, state::*};

#[derive(Accounts)]
pub struct CloseRun<'info> {
    #[account(mut)]
    pub authority: Signer<'info>,
    #[account(mut, close = authority, has_one = authority @ CoordinatorError::NotAuthority)]
    pub run: AccountLoader<'info, Run>,
    #[account(mut, close = authority, has_one = run)]
    pub instance: Account<'info, RunInstance>,
    #[account(mut, close = authority, has_one = run)]
    pub manifest: AccountLoader<'info, Manifest>,
}

impl CloseRun<'_> {
    pub fn handle(_ctx: Context<Self>) -> Result<()> {
        Ok(())
    }
}
