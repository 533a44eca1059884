use anchor_lang::prelude::*;
use coordinator::{program::Coordinator, Run};

use crate::{errors::TreasurerError, events::RateChangeRequested, state::*};

#[derive(Accounts)]
pub struct SetExchangeRate<'info> {
    pub authority: Signer<'info>,
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
    #[account(
        seeds = [TREASURY_SEED, run.key().as_ref()],
        bump = treasury.bump,
        has_one = authority @ TreasurerError::NotAuthority,
        has_one = run @ TreasurerError::WrongRun,
    )]
    pub treasury: Box<Account<'info, Treasury>>,
    pub coordinator_program: Program<'info, Coordinator>,
}

impl SetExchangeRate<'_> {
    /// The coordinator checks the rate and applies it when the next epoch starts: what was earned stays owed at the
    /// rate it was earned at.
    pub fn handle(ctx: Context<Self>, num: u64, den: u64) -> Result<()> {
        let accounts = ctx.accounts;
        let run = accounts.run.key();
        coordinator::cpi::set_exchange_rate(
            CpiContext::new_with_signer(
                accounts.coordinator_program.key(),
                coordinator::cpi::accounts::SetExchangeRate {
                    treasury: accounts.treasury.to_account_info(),
                    run: accounts.run.to_account_info(),
                },
                &[&[TREASURY_SEED, run.as_ref(), &[accounts.treasury.bump]]],
            ),
            num,
            den,
        )?;
        emit!(RateChangeRequested { run, num, den });
        accounts.treasury.invariant()
    }
}
