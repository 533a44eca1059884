use anchor_lang::prelude::*;

use crate::{constants::*, errors::CoordinatorError, state::*};

#[derive(Accounts)]
pub struct PinSeed<'info> {
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
    /// CHECK: the address is the sysvar's; read in place, 20 kB are too much to deserialize.
    #[account(address = SLOT_HASHES_ID @ CoordinatorError::NotSlotHashes)]
    pub slot_hashes: UncheckedAccount<'info>,
}

impl PinSeed<'_> {
    pub fn handle(_ctx: Context<Self>) -> Result<()> {
        Ok(())
    }
}
