use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenAccount;
use coordinator::{program::Coordinator, Run};

use crate::{errors::TreasurerError, events::RunResumed, logic::owed::outstanding, state::*};

#[derive(Accounts)]
pub struct ResumeRun<'info> {
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

impl ResumeRun<'_> {
    /// All that is owed, and the most that the next epoch can cost at the rate it will have, must be there. (What
    /// later epochs cost is for the authority to watch: they start without it.)
    fn validate(&self) -> Result<RunResumed> {
        let run = self.run.load()?;
        let (num, den) = (run.next_rate_num, run.next_rate_den);
        let cost = self.treasury.check_coverage(&run, self.vault.amount, num, den)?;
        let owed_total = u128::from_le_bytes(run.owed_total);
        // Covered: both fit in what the vault holds.
        Ok(RunResumed {
            run: self.run.key(),
            held: self.vault.amount,
            owed: outstanding(owed_total, self.treasury.paid_total) as u64,
            next_epoch: cost as u64,
        })
    }

    pub fn handle(ctx: Context<Self>) -> Result<()> {
        let event = ctx.accounts.validate()?;
        let accounts = ctx.accounts;
        coordinator::cpi::resume(CpiContext::new_with_signer(
            accounts.coordinator_program.key(),
            coordinator::cpi::accounts::Resume {
                signer: accounts.treasury.to_account_info(),
                run: accounts.run.to_account_info(),
            },
            &[&[TREASURY_SEED, event.run.as_ref(), &[accounts.treasury.bump]]],
        ))?;
        emit!(event);
        accounts.treasury.invariant()
    }
}
