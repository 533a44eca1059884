//! The grantor takes an authorization back.

use anchor_lang::prelude::*;

use crate::{errors::AuthorizerError, events::AuthorizationClosed, state::Authorization};

#[derive(Accounts)]
pub struct CloseAuthorization<'info> {
    #[account(mut)]
    pub grantor: Signer<'info>,
    /// CHECK: the authorization's; gets back the rent that it paid for its delegates.
    #[account(mut)]
    pub grantee: UncheckedAccount<'info>,
    #[account(
        mut,
        close = grantor,
        has_one = grantor @ AuthorizerError::NotGrantor,
        has_one = grantee @ AuthorizerError::NotGrantee,
    )]
    pub authorization: Account<'info, Authorization>,
}

impl CloseAuthorization<'_> {
    /// What the grantee gets: the rent of its delegates; nothing where that would leave it with less than an account
    /// needs, since the transaction would fail then and a grantee could keep its authorization by being poor.
    fn refund(&self) -> Result<u64> {
        let rent = Rent::get()?;
        let paid_by_grantor = rent.minimum_balance(Authorization::space(self.authorization.scope.len(), 0));
        let refund = self.authorization.get_lamports().saturating_sub(paid_by_grantor);
        let left = self.grantee.lamports().saturating_add(refund);
        Ok(if left >= rent.minimum_balance(self.grantee.data_len()) { refund } else { 0 })
    }

    pub fn handle(ctx: Context<Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let refund = accounts.refund()?;
        // Grantor and grantee may be one: then `close` pays everything to it.
        if refund > 0 && accounts.grantor.key() != accounts.grantee.key() {
            accounts.authorization.sub_lamports(refund)?;
            accounts.grantee.add_lamports(refund)?;
        }
        emit!(AuthorizationClosed {
            authorization: accounts.authorization.key(),
            grantor: accounts.grantor.key(),
            grantee: accounts.grantee.key(),
        });
        Ok(())
    }
}
