use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenAccount;
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
        has_one = vault @ TreasurerError::WrongVault,
    )]
    pub treasury: Box<Account<'info, Treasury>>,
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    pub coordinator_program: Program<'info, Coordinator>,
}

impl SetExchangeRate<'_> {
    /// Whether what is asked for must be covered as when a run is resumed: a higher rate, unless `resume_run` comes next.
    fn must_be_covered(&self, num: u64, den: u64) -> Result<bool> {
        let run = self.run.load()?;
        let higher = u128::from(num) * u128::from(run.next_rate_den) > u128::from(run.next_rate_num) * u128::from(den);
        Ok(higher && !run.is_changeable())
    }

    /// The coordinator checks the rate and applies it when the next epoch starts: what was earned stays owed at the
    /// rate it was earned at.
    pub fn handle(ctx: Context<Self>, num: u64, den: u64) -> Result<()> {
        let must_be_covered = ctx.accounts.must_be_covered(num, den)?;
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
        if must_be_covered {
            accounts.treasury.check_coverage(&*accounts.run.load()?, accounts.vault.amount, num, den)?;
        }
        emit!(RateChangeRequested { run, num, den });
        accounts.treasury.invariant()
    }
}
