use anchor_lang::prelude::*;
use anchor_spl::token_interface::{transfer_checked, Mint, TokenAccount, TokenInterface, TransferChecked};
use coordinator::{Run, RunState};

use super::close_claim_record::is_closed;
use crate::{errors::TreasurerError, events::Withdrawn, logic::owed::withdrawable, state::*};

#[derive(Accounts)]
pub struct Withdraw<'info> {
    pub authority: Signer<'info>,
    /// CHECK: the treasury's own run, or what `close_run` left of it; its owner and content are checked when it is read.
    pub run: UncheckedAccount<'info>,
    #[account(
        mut,
        seeds = [TREASURY_SEED, run.key().as_ref()],
        bump = treasury.bump,
        has_one = authority @ TreasurerError::NotAuthority,
        has_one = run @ TreasurerError::WrongRun,
        has_one = mint @ TreasurerError::WrongMint,
        has_one = vault @ TreasurerError::WrongVault,
        has_one = token_program @ TreasurerError::WrongTokenProgram,
    )]
    pub treasury: Box<Account<'info, Treasury>>,
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// A token account of the authority.
    #[account(
        mut,
        constraint = to.mint == mint.key() @ TreasurerError::WrongMint,
        constraint = to.owner == authority.key() @ TreasurerError::NotOwnTokenAccount,
    )]
    pub to: Box<InterfaceAccount<'info, TokenAccount>>,
    pub token_program: Interface<'info, TokenInterface>,
}

impl Withdraw<'_> {
    fn validate(&self, amount: u64) -> Result<()> {
        require_gt!(amount, 0, TreasurerError::InvalidAmount);
        let free = withdrawable(self.vault.amount, self.owed_total()?, self.treasury.paid_total);
        if amount > free {
            msg!("free: {} base units", free);
            return err!(TreasurerError::OwedToMembers);
        }
        Ok(())
    }

    /// Q64.64 base units owed to all members. A closed run owes nothing: it can be closed only when all its members'
    /// accounts are, and its id is never given to another one.
    fn owed_total(&self) -> Result<u128> {
        if is_closed(&self.run) {
            return Ok(0);
        }
        require_keys_eq!(*self.run.owner, coordinator::ID, TreasurerError::WrongRun);
        let data = self.run.try_borrow_data()?;
        let run = Run::read(&data).ok_or(TreasurerError::WrongRun)?;
        require!(run.state == RunState::Finished as u8, TreasurerError::NotFinished);
        Ok(u128::from_le_bytes(run.owed_total))
    }

    pub fn handle(ctx: Context<Self>, amount: u64) -> Result<()> {
        ctx.accounts.validate(amount)?;
        let accounts = ctx.accounts;
        let run = accounts.run.key();
        transfer_checked(
            CpiContext::new_with_signer(
                accounts.token_program.key(),
                TransferChecked {
                    from: accounts.vault.to_account_info(),
                    mint: accounts.mint.to_account_info(),
                    to: accounts.to.to_account_info(),
                    authority: accounts.treasury.to_account_info(),
                },
                &[&[TREASURY_SEED, run.as_ref(), &[accounts.treasury.bump]]],
            ),
            amount,
            accounts.mint.decimals,
        )?;
        accounts.vault.reload()?;
        // A figure for observers, as funded_total.
        accounts.treasury.withdrawn_total = accounts.treasury.withdrawn_total.saturating_add(amount);
        emit!(Withdrawn { run, authority: accounts.authority.key(), amount, held: accounts.vault.amount });
        accounts.treasury.invariant()
    }
}
