use anchor_lang::prelude::*;
use anchor_spl::token_interface::{transfer_checked, Mint, TokenAccount, TokenInterface, TransferChecked};

use crate::{errors::TreasurerError, events::Funded, state::*};

#[derive(Accounts)]
pub struct Fund<'info> {
    /// Owner of `from`, or its delegate.
    pub funder: Signer<'info>,
    #[account(
        mut,
        seeds = [TREASURY_SEED, treasury.run.as_ref()],
        bump = treasury.bump,
        has_one = mint @ TreasurerError::WrongMint,
        has_one = vault @ TreasurerError::WrongVault,
        has_one = token_program @ TreasurerError::WrongTokenProgram,
    )]
    pub treasury: Box<Account<'info, Treasury>>,
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    #[account(mut, constraint = from.mint == mint.key() @ TreasurerError::WrongMint)]
    pub from: Box<InterfaceAccount<'info, TokenAccount>>,
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    pub token_program: Interface<'info, TokenInterface>,
}

impl Fund<'_> {
    fn validate(&self, amount: u64) -> Result<()> {
        require_gt!(amount, 0, TreasurerError::InvalidAmount);
        Ok(())
    }

    pub fn handle(ctx: Context<Self>, amount: u64) -> Result<()> {
        ctx.accounts.validate(amount)?;
        let accounts = ctx.accounts;
        let before = accounts.vault.amount;
        transfer_checked(
            CpiContext::new(
                accounts.token_program.key(),
                TransferChecked {
                    from: accounts.from.to_account_info(),
                    mint: accounts.mint.to_account_info(),
                    to: accounts.vault.to_account_info(),
                    authority: accounts.funder.to_account_info(),
                },
            ),
            amount,
            accounts.mint.decimals,
        )?;
        accounts.vault.reload()?;
        let held = accounts.vault.amount;
        let arrived = held.checked_sub(before).ok_or(TreasurerError::Arithmetic)?;
        // A figure for observers: tokens that come and go many times must not block funding.
        accounts.treasury.funded_total = accounts.treasury.funded_total.saturating_add(arrived);
        emit!(Funded { run: accounts.treasury.run, funder: accounts.funder.key(), amount: arrived, held });
        accounts.treasury.invariant()
    }
}
