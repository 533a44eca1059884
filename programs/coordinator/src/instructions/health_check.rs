use anchor_lang::prelude::*;

use crate::{constants::*, errors::CoordinatorError, state::*};

#[derive(Accounts)]
pub struct HealthCheck<'info> {
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
}

impl HealthCheck<'_> {
    pub fn handle(_ctx: Context<Self>, _epoch: u32, _round: u32, _member_index: u16) -> Result<()> {
        Ok(())
    }
}
