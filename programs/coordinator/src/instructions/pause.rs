use anchor_lang::prelude::*;

use crate::{constants::*, errors::CoordinatorError, state::*};

#[derive(Accounts)]
pub struct Pause<'info> {
    pub authority: Signer<'info>,
    #[account(mut, has_one = authority @ CoordinatorError::NotAuthority)]
    pub run: AccountLoader<'info, Run>,
}

impl Pause<'_> {
    pub fn handle(_ctx: Context<Self>) -> Result<()> {
        Ok(())
    }
}
