//! Fixes the armed seed.

use anchor_lang::prelude::*;

use crate::{constants::SLOT_HASHES_ID, errors::CoordinatorError, machine::Moment, state::Run};

#[derive(Accounts)]
pub struct PinSeed<'info> {
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
    /// CHECK: the address is the sysvar's; read in place, 20 kB are too much to deserialize.
    #[account(address = SLOT_HASHES_ID @ CoordinatorError::NotSlotHashes)]
    pub slot_hashes: UncheckedAccount<'info>,
}

impl PinSeed<'_> {
    pub fn handle(ctx: Context<Self>) -> Result<()> {
        let at = Moment::now(ctx.accounts.run.key())?;
        let run = &mut *ctx.accounts.run.load_mut()?;
        run.pin_seed(&at, &ctx.accounts.slot_hashes.try_borrow_data()?)?;
        run.invariant()
    }
}
