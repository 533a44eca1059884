//! Puts a node on the list for the next epoch.

use anchor_lang::{prelude::*, system_program};
use authorizer::{Authorization, JOIN_SCOPE};

use crate::{
    constants::{ACCOUNT_VERSION, MAX_CAPACITY, MEMBER_SEED},
    errors::CoordinatorError,
    events::MemberJoined,
    state::{Member, NetworkAddress, Run, RunState},
};

#[derive(Accounts)]
pub struct JoinRun<'info> {
    #[account(mut)]
    pub node: Signer<'info>,
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
    #[account(
        init_if_needed,
        payer = node,
        space = Member::SPACE,
        seeds = [MEMBER_SEED, run.key().as_ref(), node.key().as_ref()],
        bump,
    )]
    pub member: Account<'info, Member>,
    /// The node's, or one that names it as a delegate; only where the run has a join authority.
    pub authorization: Option<Account<'info, Authorization>>,
    pub system_program: Program<'info, System>,
}

impl JoinRun<'_> {
    fn validate(
        &self,
        run: &Run,
        payout: &Pubkey,
        capacity: u8,
        address: &NetworkAddress,
        client_version: &str,
    ) -> Result<()> {
        let open = run.state == RunState::WaitingForMembers as u8 || run.in_epoch();
        require!(open, CoordinatorError::WrongState);
        require!(self.is_authorized(run), CoordinatorError::NotAuthorized);
        require!(run.is_client_version(client_version), CoordinatorError::WrongClientVersion);
        require!((1..=MAX_CAPACITY).contains(&capacity), CoordinatorError::InvalidCapacity);
        require!(*payout != Pubkey::default(), CoordinatorError::InvalidPayout);
        let first = self.member.version == 0;
        require!(first || self.member.payout == *payout, CoordinatorError::PayoutFixed);
        require!(!run.owes_settlement(self.node.key), CoordinatorError::NotSettled);
        require!(!run.is_convicted(self.node.key), CoordinatorError::NotHealthy);
        address.validate()
    }

    /// Checked again at each join, so that a grantor can end a membership with the epoch.
    fn is_authorized(&self, run: &Run) -> bool {
        let grantor = &run.join_authority;
        let permitted = |authorization: &Account<Authorization>| {
            [JOIN_SCOPE, self.run.key().as_ref()]
                .iter()
                .any(|scope| authorization.permits(grantor, self.node.key, scope))
        };
        *grantor == Pubkey::default() || self.authorization.as_ref().is_some_and(permitted)
    }

    pub fn handle(
        ctx: Context<Self>,
        payout: Pubkey,
        capacity: u8,
        address: NetworkAddress,
        client_version: String,
    ) -> Result<()> {
        let accounts = ctx.accounts;
        let run_key = accounts.run.key();
        let node = accounts.node.key();
        let missing = {
            let run = accounts.run.load()?;
            accounts.validate(&run, &payout, capacity, &address, &client_version)?;
            run.config.join_deposit.saturating_sub(accounts.member.deposit)
        };
        if missing > 0 {
            let transfer = system_program::Transfer {
                from: accounts.node.to_account_info(),
                to: accounts.member.to_account_info(),
            };
            system_program::transfer(CpiContext::new(accounts.system_program.key(), transfer), missing)?;
        }

        let run = &mut *accounts.run.load_mut()?;
        let member = &mut accounts.member;
        if member.version == 0 {
            member.version = ACCOUNT_VERSION;
            member.bump = ctx.bumps.member;
            member.run = run_key;
            member.node = node;
            member.payout = payout;
            run.member_accounts += 1;
        }
        (member.address_kind, member.address_len, member.address) = address.pack();
        member.capacity = capacity;
        member.deposit += missing;
        member.joined_epoch = run.epoch + run.in_epoch() as u32;
        run.deposits_held = run.deposits_held.checked_add(missing).ok_or(CoordinatorError::Arithmetic)?;
        run.add_pending(&node, capacity, Clock::get()?.slot)?;
        emit!(MemberJoined { run: run_key, node, payout, capacity });
        run.invariant()
    }
}
