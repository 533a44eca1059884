//! Writes a part of the manifest.

use anchor_lang::prelude::*;

use crate::{
    constants::MANIFEST_MAX,
    errors::CoordinatorError,
    state::{Manifest, Run},
};

#[derive(Accounts)]
pub struct WriteManifest<'info> {
    pub authority: Signer<'info>,
    #[account(mut, has_one = authority @ CoordinatorError::NotAuthority)]
    pub run: AccountLoader<'info, Run>,
    #[account(mut, has_one = run)]
    pub manifest: AccountLoader<'info, Manifest>,
}

impl WriteManifest<'_> {
    fn validate(&self, run: &Run, offset: u16, bytes: &[u8]) -> Result<()> {
        require!(run.is_changeable(), CoordinatorError::WrongState);
        let end = offset as usize + bytes.len();
        require!(!bytes.is_empty() && end <= MANIFEST_MAX as usize, CoordinatorError::InvalidManifestRange);
        Ok(())
    }

    pub fn handle(ctx: Context<Self>, offset: u16, bytes: Vec<u8>) -> Result<()> {
        let run = &mut *ctx.accounts.run.load_mut()?;
        ctx.accounts.validate(run, offset, &bytes)?;
        let mut manifest = ctx.accounts.manifest.load_mut()?;
        let start = offset as usize;
        manifest.data[start..start + bytes.len()].copy_from_slice(&bytes);
        manifest.sealed = 0;
        manifest.length = 0;
        run.manifest_hash = [0; 32];
        run.forget_pending();
        run.invariant()
    }
}
