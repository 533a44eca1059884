use anchor_lang::prelude::*;

use crate::{constants::*, errors::CoordinatorError, state::*};

#[derive(Accounts)]
pub struct Tick<'info> {
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
}

impl Tick<'_> {
    pub fn handle(_ctx: Context<Self>) -> Result<()> {
        Ok(())
    }
}
