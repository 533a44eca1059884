//! The grantor suspends an authorization or makes it valid again.

use anchor_lang::prelude::*;

use crate::{errors::AuthorizerError, events::AuthorizationActiveSet, state::Authorization};

#[derive(Accounts)]
pub struct SetActive<'info> {
    pub grantor: Signer<'info>,
    #[account(mut, has_one = grantor @ AuthorizerError::NotGrantor)]
    pub authorization: Account<'info, Authorization>,
}

impl SetActive<'_> {
    pub fn handle(ctx: Context<Self>, active: bool) -> Result<()> {
        let authorization = &mut ctx.accounts.authorization;
        require!(authorization.active != active, AuthorizerError::NothingToChange);
        authorization.active = active;
        emit!(AuthorizationActiveSet { authorization: authorization.key(), active });
        Ok(())
    }
}
