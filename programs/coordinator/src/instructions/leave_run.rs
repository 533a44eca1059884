//! Takes a node off the list and returns its deposit.

use anchor_lang::prelude::*;

use crate::{
    errors::CoordinatorError,
    events::MemberLeft,
    instructions::settle::move_lamports,
    state::{Member, Run},
};

#[derive(Accounts)]
pub struct LeaveRun<'info> {
    #[account(mut)]
    pub node: Signer<'info>,
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
    #[account(mut, has_one = run, has_one = node)]
    pub member: Account<'info, Member>,
}

impl LeaveRun<'_> {
    fn validate(&self, run: &Run) -> Result<()> {
        if let Some(index) = run.member_index(self.node.key) {
            // Dropped or not: until Cooldown is over it can be convicted, and its deposit is what that takes.
            require!(!run.in_epoch(), CoordinatorError::InRunningEpoch);
            // Its account is where a forfeit comes from.
            let entry = &run.members[index];
            require!(entry.forfeited == 0 || entry.settled == 1, CoordinatorError::NotSettled);
        }
        Ok(())
    }

    pub fn handle(ctx: Context<Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let run = &mut *accounts.run.load_mut()?;
        accounts.validate(run)?;
        let node = accounts.node.key();
        let deposit = accounts.member.deposit;
        run.remove_pending(&node, Clock::get()?.slot);
        run.deposits_held = run.deposits_held.checked_sub(deposit).ok_or(CoordinatorError::Arithmetic)?;
        accounts.member.deposit = 0;
        if accounts.member.points == 0 {
            run.member_accounts -= 1;
            accounts.member.close(accounts.node.to_account_info())?;
        } else {
            move_lamports(accounts.member.as_ref(), accounts.node.as_ref(), deposit)?;
        }
        emit!(MemberLeft { run: accounts.run.key(), node, deposit });
        run.invariant()
    }
}
