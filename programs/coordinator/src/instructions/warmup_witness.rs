use anchor_lang::prelude::*;

use crate::{constants::*, errors::CoordinatorError, state::*};

#[derive(Accounts)]
pub struct WarmupWitness<'info> {
    pub node: Signer<'info>,
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
}

impl WarmupWitness<'_> {
    pub fn handle(_ctx: Context<Self>, _epoch: u32) -> Result<()> {
        Ok(())
    }
}
