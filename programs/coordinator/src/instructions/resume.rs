use anchor_lang::prelude::*;

use crate::{constants::*, errors::CoordinatorError, state::*};

#[derive(Accounts)]
pub struct Resume<'info> {
    /// The run's treasury if it has one, else its authority.
    pub signer: Signer<'info>,
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
}

impl Resume<'_> {
    pub fn handle(_ctx: Context<Self>) -> Result<()> {
        Ok(())
    }
}
