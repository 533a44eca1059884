//! Fixes the manifest and stores its hash in the run.

use anchor_lang::prelude::*;

use crate::{
    constants::MANIFEST_MAX,
    errors::CoordinatorError,
    events::ManifestSealed,
    logic::hash::sha256,
    state::{Manifest, Run},
};

#[derive(Accounts)]
pub struct SealManifest<'info> {
    pub authority: Signer<'info>,
    #[account(mut, has_one = authority @ CoordinatorError::NotAuthority)]
    pub run: AccountLoader<'info, Run>,
    #[account(mut, has_one = run)]
    pub manifest: AccountLoader<'info, Manifest>,
}

impl SealManifest<'_> {
    fn validate(&self, run: &Run, manifest: &Manifest, length: u16, hash: &[u8; 32]) -> Result<()> {
        require!(run.is_changeable(), CoordinatorError::WrongState);
        require!((1..=MANIFEST_MAX).contains(&length), CoordinatorError::InvalidManifestRange);
        let actual = sha256(&[&manifest.data[..length as usize]]);
        require!(actual == *hash, CoordinatorError::WrongManifestHash);
        Ok(())
    }

    pub fn handle(ctx: Context<Self>, length: u16, hash: [u8; 32]) -> Result<()> {
        let run = &mut *ctx.accounts.run.load_mut()?;
        let mut manifest = ctx.accounts.manifest.load_mut()?;
        ctx.accounts.validate(run, &manifest, length, &hash)?;
        manifest.sealed = 1;
        manifest.length = length;
        run.manifest_hash = hash;
        emit!(ManifestSealed { run: ctx.accounts.run.key(), hash, length });
        run.invariant()
    }
}
