use anchor_lang::prelude::*;
use anchor_spl::token_interface::{transfer_checked, Mint, TokenAccount, TokenInterface, TransferChecked};
use coordinator::{Member, Run, RunState};

use crate::{
    errors::TreasurerError,
    events::Claimed,
    logic::owed::{due, floor_units, payment},
    state::*,
};

#[derive(Accounts)]
pub struct Claim<'info> {
    /// The member's payout key; pays the rent of the claim record, once.
    #[account(mut)]
    pub payout: Signer<'info>,
    /// CHECK: the member's; read where it is there, so that members can claim whatever became of the run.
    pub run: UncheckedAccount<'info>,
    /// Owned by the coordinator, which alone makes such accounts, one for each node of a run.
    #[account(
        has_one = run @ TreasurerError::WrongRun,
        has_one = payout @ TreasurerError::NotPayout,
    )]
    pub member: Box<Account<'info, Member>>,
    #[account(
        mut,
        seeds = [TREASURY_SEED, run.key().as_ref()],
        bump = treasury.bump,
        has_one = run @ TreasurerError::WrongRun,
        has_one = mint @ TreasurerError::WrongMint,
        has_one = vault @ TreasurerError::WrongVault,
        has_one = token_program @ TreasurerError::WrongTokenProgram,
    )]
    pub treasury: Box<Account<'info, Treasury>>,
    /// Closed after the member's account at the earliest, so that nothing is paid twice.
    #[account(
        init_if_needed,
        payer = payout,
        space = ClaimRecord::SPACE,
        seeds = [CLAIM_SEED, treasury.key().as_ref(), member.key().as_ref()],
        bump,
    )]
    pub claim_record: Box<Account<'info, ClaimRecord>>,
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Any token account that the payout key owns.
    #[account(
        mut,
        constraint = payout_token.mint == mint.key() @ TreasurerError::WrongMint,
        constraint = payout_token.owner == payout.key() @ TreasurerError::NotOwnTokenAccount,
    )]
    pub payout_token: Box<InterfaceAccount<'info, TokenAccount>>,
    pub token_program: Interface<'info, TokenInterface>,
    pub system_program: Program<'info, System>,
}

impl Claim<'_> {
    /// What this claim pays.
    fn validate(&self, max_amount: Option<u64>) -> Result<u64> {
        require!(max_amount != Some(0), TreasurerError::InvalidAmount);
        require!(self.is_vested()?, TreasurerError::NotVested);
        let due = due(self.member.owed, self.claim_record.paid);
        require_gt!(due, 0, TreasurerError::NothingToClaim);
        require_gt!(self.vault.amount, 0, TreasurerError::TreasuryEmpty);
        Ok(payment(due, max_amount, self.vault.amount))
    }

    /// Until Cooldown is over a conviction can take back what it settled, which must not have been paid by then.
    fn is_vested(&self) -> Result<bool> {
        if *self.run.owner != coordinator::ID {
            return Ok(true); // closed
        }
        let data = self.run.try_borrow_data()?;
        let run = Run::read(&data).ok_or(TreasurerError::WrongRun)?;
        Ok(run.state != RunState::Cooldown as u8 || run.epoch != self.member.vested_epoch)
    }

    pub fn handle(ctx: Context<Self>, max_amount: Option<u64>) -> Result<()> {
        let amount = ctx.accounts.validate(max_amount)?;
        let accounts = ctx.accounts;
        // First what was paid, then the payment.
        let record = &mut accounts.claim_record;
        record.version = ACCOUNT_VERSION;
        record.bump = ctx.bumps.claim_record;
        record.payout = accounts.payout.key();
        record.paid = record.paid.checked_add(amount).ok_or(TreasurerError::Arithmetic)?;
        let paid = record.paid;
        require_gte!(floor_units(accounts.member.owed), paid, TreasurerError::BrokenInvariant);
        let treasury = &mut accounts.treasury;
        treasury.paid_total = treasury.paid_total.checked_add(amount).ok_or(TreasurerError::Arithmetic)?;

        let run = accounts.run.key();
        transfer_checked(
            CpiContext::new_with_signer(
                accounts.token_program.key(),
                TransferChecked {
                    from: accounts.vault.to_account_info(),
                    mint: accounts.mint.to_account_info(),
                    to: accounts.payout_token.to_account_info(),
                    authority: accounts.treasury.to_account_info(),
                },
                &[&[TREASURY_SEED, run.as_ref(), &[accounts.treasury.bump]]],
            ),
            amount,
            accounts.mint.decimals,
        )?;
        emit!(Claimed {
            run,
            node: accounts.member.node,
            payout: accounts.payout.key(),
            amount,
            paid,
            remaining: due(accounts.member.owed, paid),
            paid_total: accounts.treasury.paid_total,
        });
        accounts.treasury.invariant()
    }
}
