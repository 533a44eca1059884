use anchor_lang::prelude::*;
use anchor_spl::token_interface::{close_account, CloseAccount, TokenAccount, TokenInterface};

use super::close_claim_record::is_closed;
use crate::{errors::TreasurerError, events::TreasuryClosed, state::*};

#[derive(Accounts)]
pub struct CloseTreasury<'info> {
    /// Gets the rent, and what convicted members' deposits have brought.
    #[account(mut)]
    pub authority: Signer<'info>,
    /// CHECK: what `close_run` left of the run; see `validate`.
    pub run: UncheckedAccount<'info>,
    #[account(
        mut,
        close = authority,
        seeds = [TREASURY_SEED, run.key().as_ref()],
        bump = treasury.bump,
        has_one = authority @ TreasurerError::NotAuthority,
        has_one = run @ TreasurerError::WrongRun,
        has_one = vault @ TreasurerError::WrongVault,
        has_one = token_program @ TreasurerError::WrongTokenProgram,
    )]
    pub treasury: Box<Account<'info, Treasury>>,
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    pub token_program: Interface<'info, TokenInterface>,
}

impl CloseTreasury<'_> {
    fn validate(&self) -> Result<()> {
        // Its members' accounts are closed then, and nobody is owed anything.
        require!(is_closed(&self.run), TreasurerError::RunNotClosed);
        require!(self.vault.amount == 0, TreasurerError::VaultNotEmpty);
        Ok(())
    }

    pub fn handle(ctx: Context<Self>) -> Result<()> {
        ctx.accounts.validate()?;
        let accounts = ctx.accounts;
        let run = accounts.run.key();
        close_account(CpiContext::new_with_signer(
            accounts.token_program.key(),
            CloseAccount {
                account: accounts.vault.to_account_info(),
                destination: accounts.authority.to_account_info(),
                authority: accounts.treasury.to_account_info(),
            },
            &[&[TREASURY_SEED, run.as_ref(), &[accounts.treasury.bump]]],
        ))?;
        emit!(TreasuryClosed { run, treasury: accounts.treasury.key(), authority: accounts.authority.key() });
        Ok(())
    }
}
