use anchor_lang::prelude::*;

use crate::{constants::*, errors::CoordinatorError, state::*};

#[derive(Accounts)]
pub struct Checkpoint<'info> {
    pub node: Signer<'info>,
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
}

impl Checkpoint<'_> {
    pub fn handle(_ctx: Context<Self>, _epoch: u32, _hash: [u8; 32], _location: String) -> Result<()> {
        Ok(())
    }
}
