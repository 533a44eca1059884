use anchor_lang::prelude::*;

use crate::{constants::*, errors::CoordinatorError, state::*};

#[derive(Accounts)]
#[instruction(run_id: String)]
pub struct CreateRun<'info> {
    #[account(mut)]
    pub authority: Signer<'info>,
    #[account(zero)]
    pub run: AccountLoader<'info, Run>,
    #[account(
        init,
        payer = authority,
        space = 8 + RunInstance::INIT_SPACE,
        seeds = [RUN_SEED, run_id_seed(&run_id)],
        bump,
    )]
    pub instance: Account<'info, RunInstance>,
    #[account(
        init,
        payer = authority,
        space = Manifest::SPACE,
        seeds = [MANIFEST_SEED, run.key().as_ref()],
        bump,
    )]
    pub manifest: AccountLoader<'info, Manifest>,
    pub system_program: Program<'info, System>,
}

/// A seed has at most 32 bytes: a longer id is cut here, and refused by `validate`.
fn run_id_seed(run_id: &str) -> &[u8] {
    let bytes = run_id.as_bytes();
    &bytes[..bytes.len().min(RUN_ID_MAX as usize)]
}

impl CreateRun<'_> {
    pub fn handle(_ctx: Context<Self>, _run_id: String, _config: ConfigArgs, _client_version: String, _treasury: Pubkey) -> Result<()> {
        Ok(())
    }
}
