use anchor_lang::prelude::*;
use anchor_spl::{
    associated_token::AssociatedToken,
    token_interface::{Mint, TokenAccount, TokenInterface},
};
use coordinator::{program::Coordinator, Run};

use crate::{collateral::Collateral, errors::TreasurerError, events::TreasuryCreated, state::*};

#[derive(Accounts)]
pub struct CreateTreasury<'info> {
    #[account(mut)]
    pub authority: Signer<'info>,
    /// Names this treasury since it was created.
    #[account(
        mut,
        has_one = authority @ TreasurerError::NotAuthority,
        has_one = treasury @ TreasurerError::WrongTreasury,
    )]
    pub run: AccountLoader<'info, Run>,
    #[account(
        init,
        payer = authority,
        space = Treasury::SPACE,
        seeds = [TREASURY_SEED, run.key().as_ref()],
        bump,
    )]
    pub treasury: Box<Account<'info, Treasury>>,
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// Anyone can make an associated token account for any address: if someone did, it serves.
    #[account(
        init_if_needed,
        payer = authority,
        associated_token::mint = mint,
        associated_token::authority = treasury,
        associated_token::token_program = token_program,
    )]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    pub token_program: Interface<'info, TokenInterface>,
    pub associated_token_program: Program<'info, AssociatedToken>,
    pub coordinator_program: Program<'info, Coordinator>,
    pub system_program: Program<'info, System>,
}

impl CreateTreasury<'_> {
    fn validate(&self) -> Result<Collateral> {
        Collateral::of_mint(&self.mint.to_account_info().try_borrow_data()?)
    }

    pub fn handle(ctx: Context<Self>, rate_num: u64, rate_den: u64) -> Result<()> {
        let collateral = ctx.accounts.validate()?;
        let accounts = ctx.accounts;
        let run = accounts.run.key();
        accounts.treasury.set_inner(Treasury {
            version: ACCOUNT_VERSION,
            bump: ctx.bumps.treasury,
            run,
            authority: accounts.authority.key(),
            mint: accounts.mint.key(),
            vault: accounts.vault.key(),
            token_program: accounts.token_program.key(),
            paid_total: 0,
            funded_total: 0,
            withdrawn_total: 0,
            freezable: collateral.freezable,
            transfer_fee: collateral.transfer_fee,
            reserved: [0; 62],
        });
        coordinator::cpi::set_exchange_rate(
            CpiContext::new_with_signer(
                accounts.coordinator_program.key(),
                coordinator::cpi::accounts::SetExchangeRate {
                    treasury: accounts.treasury.to_account_info(),
                    run: accounts.run.to_account_info(),
                },
                &[&[TREASURY_SEED, run.as_ref(), &[ctx.bumps.treasury]]],
            ),
            rate_num,
            rate_den,
        )?;
        if collateral.freezable {
            msg!("warning: the mint has a freeze authority, which can block the vault and members' accounts");
        }
        if collateral.transfer_fee {
            msg!("warning: the mint can take a fee of every transfer, so members may get less than they are paid");
        }
        emit!(TreasuryCreated {
            run,
            treasury: accounts.treasury.key(),
            authority: accounts.authority.key(),
            mint: accounts.mint.key(),
            vault: accounts.vault.key(),
            rate_num,
            rate_den,
            freezable: collateral.freezable,
            transfer_fee: collateral.transfer_fee,
        });
        accounts.treasury.invariant()
    }
}
