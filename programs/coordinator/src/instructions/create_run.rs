//! Creates a run, its instance (the id's owner) and an empty manifest.

use anchor_lang::prelude::*;

use crate::{
    constants::{ACCOUNT_VERSION, MANIFEST_SEED, RUN_ID_MAX, RUN_SEED},
    errors::CoordinatorError,
    events::RunCreated,
    logic::{hash::sha256, seed::origin},
    state::{ConfigArgs, Manifest, Run, RunInstance, RunState},
};

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
    fn validate(&self, run_id: &str) -> Result<()> {
        let bytes = run_id.as_bytes();
        let valid = !bytes.is_empty()
            && bytes.len() <= RUN_ID_MAX as usize
            && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b));
        require!(valid, CoordinatorError::InvalidRunId);
        // What SystemProgram.createAccountWithSeed derives.
        let derived = sha256(&[self.authority.key.as_ref(), bytes, crate::ID.as_ref()]);
        require!(self.run.key().as_array() == &derived, CoordinatorError::WrongRunAddress);
        require!(self.run.as_ref().data_len() == Run::SPACE, CoordinatorError::WrongRunSize);
        Ok(())
    }

    pub fn handle(
        ctx: Context<Self>,
        run_id: String,
        config: ConfigArgs,
        client_version: String,
        treasury: Pubkey,
        join_authority: Pubkey,
    ) -> Result<()> {
        let accounts = ctx.accounts;
        accounts.validate(&run_id)?;
        let run_key = accounts.run.key();
        let authority = accounts.authority.key();

        accounts.instance.set_inner(RunInstance {
            version: ACCOUNT_VERSION,
            bump: ctx.bumps.instance,
            run_id: run_id.clone(),
            run: run_key,
            authority,
        });
        let mut manifest = accounts.manifest.load_init()?;
        manifest.version = ACCOUNT_VERSION;
        manifest.bump = ctx.bumps.manifest;
        manifest.run = run_key;

        let run = &mut *accounts.run.load_init()?;
        run.version = ACCOUNT_VERSION;
        run.state = RunState::Uninitialized as u8;
        run.run_id[..run_id.len()].copy_from_slice(run_id.as_bytes());
        run.run_id_len = run_id.len() as u8;
        run.authority = authority;
        run.treasury = treasury;
        run.join_authority = join_authority;
        run.set_client_version(&client_version)?;
        run.config.set(&config);
        // Until a treasury sets a rate, points are worth nothing but themselves.
        run.rate_den = 1;
        run.next_rate_den = 1;
        let clock = Clock::get()?;
        run.state_start_slot = clock.slot;
        run.origin = origin(run_key.as_array(), clock.slot, clock.unix_timestamp);
        emit!(RunCreated { run: run_key, authority, treasury, run_id });
        run.invariant()
    }
}
