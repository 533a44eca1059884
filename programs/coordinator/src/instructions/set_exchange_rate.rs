//! The treasury says what a point is worth from the next epoch on.

use anchor_lang::prelude::*;

use crate::{
    errors::CoordinatorError,
    events::RateChanged,
    state::{Run, RunState},
};

#[derive(Accounts)]
pub struct SetExchangeRate<'info> {
    pub treasury: Signer<'info>,
    #[account(mut, has_one = treasury @ CoordinatorError::NotTreasury)]
    pub run: AccountLoader<'info, Run>,
}

impl SetExchangeRate<'_> {
    fn validate(&self, run: &Run, den: u64) -> Result<()> {
        require!(run.state != RunState::Finished as u8, CoordinatorError::WrongState);
        require!(run.treasury != Pubkey::default(), CoordinatorError::NotTreasury);
        require!(den != 0, CoordinatorError::InvalidRate);
        Ok(())
    }

    pub fn handle(ctx: Context<Self>, num: u64, den: u64) -> Result<()> {
        let run = &mut *ctx.accounts.run.load_mut()?;
        ctx.accounts.validate(run, den)?;
        run.next_rate_num = num;
        run.next_rate_den = den;
        run.forget_pending();
        let applied = run.state == RunState::Uninitialized as u8;
        if applied {
            run.rate_num = num;
            run.rate_den = den;
        }
        emit!(RateChanged { run: ctx.accounts.run.key(), num, den, applied });
        run.invariant()
    }
}
