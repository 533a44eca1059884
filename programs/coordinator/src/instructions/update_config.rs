//! Replaces the settings.

use anchor_lang::prelude::*;

use crate::{
    errors::CoordinatorError,
    events::ConfigChanged,
    state::{ConfigArgs, Run},
};

#[derive(Accounts)]
pub struct UpdateConfig<'info> {
    pub authority: Signer<'info>,
    #[account(mut, has_one = authority @ CoordinatorError::NotAuthority)]
    pub run: AccountLoader<'info, Run>,
}

impl UpdateConfig<'_> {
    fn validate(&self, run: &Run, config: &ConfigArgs) -> Result<()> {
        require!(run.is_changeable(), CoordinatorError::WrongState);
        require!(config.total_steps > run.step, CoordinatorError::InvalidTotalSteps);
        Ok(())
    }

    pub fn handle(ctx: Context<Self>, config: ConfigArgs) -> Result<()> {
        let run = &mut *ctx.accounts.run.load_mut()?;
        ctx.accounts.validate(run, &config)?;
        run.config.set(&config);
        run.forget_pending();
        emit!(ConfigChanged { run: ctx.accounts.run.key() });
        run.invariant()
    }
}
