//! Opens a new or paused run to members.

use anchor_lang::prelude::*;

use crate::{errors::CoordinatorError, machine::Moment, state::Run};

#[derive(Accounts)]
pub struct Resume<'info> {
    /// The run's treasury if it has one, else its authority.
    pub signer: Signer<'info>,
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
}

impl Resume<'_> {
    fn validate(&self, run: &Run) -> Result<()> {
        if run.treasury == Pubkey::default() {
            require_keys_eq!(self.signer.key(), run.authority, CoordinatorError::NotAuthority);
        } else {
            require_keys_eq!(self.signer.key(), run.treasury, CoordinatorError::ResumeThroughTreasury);
        }
        Ok(())
    }

    pub fn handle(ctx: Context<Self>) -> Result<()> {
        let at = Moment::now(ctx.accounts.run.key())?;
        let run = &mut *ctx.accounts.run.load_mut()?;
        ctx.accounts.validate(run)?;
        run.resume(&at)?;
        run.invariant()
    }
}
