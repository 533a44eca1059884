use anchor_lang::prelude::*;

use crate::{constants::*, errors::CoordinatorError, state::*};

#[derive(Accounts)]
pub struct WriteManifest<'info> {
    pub authority: Signer<'info>,
    #[account(mut, has_one = authority @ CoordinatorError::NotAuthority)]
    pub run: AccountLoader<'info, Run>,
    #[account(mut, has_one = run)]
    pub manifest: AccountLoader<'info, Manifest>,
}

impl WriteManifest<'_> {
    pub fn handle(_ctx: Context<Self>, _offset: u16, _bytes: Vec<u8>) -> Result<()> {
        Ok(())
    }
}
