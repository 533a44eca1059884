//! The grantee names who may use its authorization.

use anchor_lang::prelude::*;

use crate::{errors::AuthorizerError, events::DelegatesSet, state::*};

#[derive(Accounts)]
#[instruction(delegates: Vec<Pubkey>)]
pub struct SetDelegates<'info> {
    /// Pays the rent of what the list grows by, and gets that of what it shrinks by.
    #[account(mut)]
    pub grantee: Signer<'info>,
    #[account(
        mut,
        has_one = grantee @ AuthorizerError::NotGrantee,
        realloc = Authorization::space(authorization.scope.len(), delegates.len().min(MAX_DELEGATES as usize)),
        realloc::payer = grantee,
        realloc::zero = false,
    )]
    pub authorization: Account<'info, Authorization>,
    pub system_program: Program<'info, System>,
}

impl SetDelegates<'_> {
    fn validate(delegates: &[Pubkey]) -> Result<()> {
        let distinct = delegates.iter().enumerate().all(|(i, key)| !delegates[..i].contains(key));
        let valid = delegates.len() <= MAX_DELEGATES as usize && distinct && !delegates.contains(&Pubkey::default());
        require!(valid, AuthorizerError::InvalidDelegates);
        Ok(())
    }

    pub fn handle(ctx: Context<Self>, delegates: Vec<Pubkey>) -> Result<()> {
        Self::validate(&delegates)?;
        let authorization = &mut ctx.accounts.authorization;
        authorization.delegates.clone_from(&delegates);
        emit!(DelegatesSet { authorization: authorization.key(), delegates });
        Ok(())
    }
}
