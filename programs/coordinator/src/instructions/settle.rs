use anchor_lang::prelude::*;

use crate::{constants::*, errors::CoordinatorError, state::*};

#[derive(Accounts)]
pub struct Settle<'info> {
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
    // One writable `Member` account per index follows.
}

impl<'info> Settle<'info> {
    pub fn handle(_ctx: Context<'info, Self>, _epoch: u32, _indices: Vec<u8>) -> Result<()> {
        Ok(())
    }
}
