//! Names whose authorization joining takes.

use anchor_lang::prelude::*;

use crate::{errors::CoordinatorError, events::JoinAuthorityChanged, state::Run};

#[derive(Accounts)]
pub struct SetJoinAuthority<'info> {
    pub authority: Signer<'info>,
    #[account(mut, has_one = authority @ CoordinatorError::NotAuthority)]
    pub run: AccountLoader<'info, Run>,
}

impl SetJoinAuthority<'_> {
    pub fn handle(ctx: Context<Self>, join_authority: Pubkey) -> Result<()> {
        let run = &mut *ctx.accounts.run.load_mut()?;
        require!(run.is_changeable(), CoordinatorError::WrongState);
        run.join_authority = join_authority;
        run.forget_pending();
        emit!(JoinAuthorityChanged { run: ctx.accounts.run.key(), join_authority });
        run.invariant()
    }
}
