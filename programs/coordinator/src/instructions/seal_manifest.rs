use anchor_lang::prelude::*;

use crate::{constants::*, errors::CoordinatorError, state::*};

#[derive(Accounts)]
pub struct SealManifest<'info> {
    pub authority: Signer<'info>,
    #[account(mut, has_one = authority @ CoordinatorError::NotAuthority)]
    pub run: AccountLoader<'info, Run>,
    #[account(mut, has_one = run)]
    pub manifest: AccountLoader<'info, Manifest>,
}

impl SealManifest<'_> {
    pub fn handle(_ctx: Context<Self>, _length: u16, _hash: [u8; 32]) -> Result<()> {
        Ok(())
    }
}
