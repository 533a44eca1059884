//! Closes a member's account after the run's end.

use anchor_lang::prelude::*;

use crate::{
    constants::CLOSE_AFTER_FINISHED,
    errors::CoordinatorError,
    events::MemberClosed,
    machine::Moment,
    state::{Member, Run, RunState},
};

#[derive(Accounts)]
pub struct CloseMember<'info> {
    /// CHECK: the member's node key, which gets rent and deposit; must sign unless the run ended long ago, see `validate`.
    #[account(mut)]
    pub node: UncheckedAccount<'info>,
    /// CHECK: must be the member's payout key, and sign if the member has points; see `validate`.
    pub payout: UncheckedAccount<'info>,
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
    #[account(mut, close = node, has_one = run, has_one = node, has_one = payout)]
    pub member: Account<'info, Member>,
}

impl CloseMember<'_> {
    fn validate(&self, run: &Run, at: &Moment) -> Result<()> {
        require!(run.state == RunState::Finished as u8, CoordinatorError::WrongState);
        require!(!run.owes_settlement(self.node.key), CoordinatorError::NotSettled);
        // A member that went away must not hold the run's rent for ever.
        if run.lasted(at, CLOSE_AFTER_FINISHED) {
            return Ok(());
        }
        require!(self.node.is_signer, CoordinatorError::NodeMustSign);
        // What it is owed can be claimed only as long as its account is there.
        let agreed = self.member.points == 0 || self.payout.is_signer;
        require!(agreed, CoordinatorError::PayoutMustSign);
        Ok(())
    }

    pub fn handle(ctx: Context<Self>) -> Result<()> {
        let at = Moment::now(ctx.accounts.run.key())?;
        let run = &mut *ctx.accounts.run.load_mut()?;
        ctx.accounts.validate(run, &at)?;
        let node = ctx.accounts.node.key();
        run.remove_pending(&node, at.slot);
        run.member_accounts -= 1;
        run.deposits_held =
            run.deposits_held.checked_sub(ctx.accounts.member.deposit).ok_or(CoordinatorError::Arithmetic)?;
        emit!(MemberClosed { run: ctx.accounts.run.key(), node });
        run.invariant()
    }
}
