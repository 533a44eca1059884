//! A grantor authorizes a grantee.

use anchor_lang::prelude::*;

use crate::{errors::AuthorizerError, events::AuthorizationCreated, state::*};

#[derive(Accounts)]
#[instruction(grantee: Pubkey, scope: Vec<u8>)]
pub struct CreateAuthorization<'info> {
    #[account(mut)]
    pub grantor: Signer<'info>,
    #[account(
        init,
        payer = grantor,
        space = Authorization::space(scope.len().min(SCOPE_MAX as usize), 0),
        seeds = [AUTHORIZATION_SEED, grantor.key().as_ref(), grantee.as_ref(), scope_seed(&scope)],
        bump,
    )]
    pub authorization: Account<'info, Authorization>,
    pub system_program: Program<'info, System>,
}

/// A seed has at most 32 bytes: a longer scope is cut here, and refused by `validate`.
fn scope_seed(scope: &[u8]) -> &[u8] {
    &scope[..scope.len().min(SCOPE_MAX as usize)]
}

impl CreateAuthorization<'_> {
    fn validate(grantee: &Pubkey, scope: &[u8]) -> Result<()> {
        require!(*grantee != Pubkey::default(), AuthorizerError::InvalidGrantee);
        require!((1..=SCOPE_MAX as usize).contains(&scope.len()), AuthorizerError::InvalidScope);
        Ok(())
    }

    pub fn handle(ctx: Context<Self>, grantee: Pubkey, scope: Vec<u8>) -> Result<()> {
        Self::validate(&grantee, &scope)?;
        let accounts = ctx.accounts;
        let grantor = accounts.grantor.key();
        accounts.authorization.set_inner(Authorization {
            version: ACCOUNT_VERSION,
            bump: ctx.bumps.authorization,
            grantor,
            grantee,
            active: true,
            scope: scope.clone(),
            delegates: Vec::new(),
        });
        emit!(AuthorizationCreated { authorization: accounts.authorization.key(), grantor, grantee, scope });
        Ok(())
    }
}
