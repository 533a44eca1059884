//! An elected witness's vote.

use anchor_lang::prelude::*;

use crate::{
    errors::CoordinatorError,
    events::WitnessVoted,
    machine::{Ballot, Moment},
    state::Run,
};

const MAX_EVALS: usize = 8;
const MAX_SAMPLE: usize = 16;

/// What an elected witness votes for, and what it measured.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct WitnessArgs {
    pub epoch: u32,
    pub round: u32,
    /// The signer's position in `Run::witnesses`.
    pub position: u8,
    /// The signer's index in `Run::members`.
    pub member_index: u16,
    /// Accepted members: not empty, and only this round's trainers.
    pub bitmap: [u8; 32],
    /// Merkle root of the accepted commitments.
    pub root: [u8; 32],
    /// Hash of the parameters before this round's list is applied, at `hash_interval`.
    pub parameter_hash: Option<[u8; 32]>,
    /// Digest over the accepted payloads hashed with the witness's key.
    pub possession: [u8; 32],
    pub metrics: WitnessMetrics,
}

/// Emitted, not stored. Floats must not be NaN: such bytes are refused.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct WitnessMetrics {
    /// Mean nats per token.
    pub loss: f32,
    pub tokens_per_second: f32,
    pub bytes_up: u64,
    pub bytes_down: u64,
    /// At most 8.
    pub evals: Vec<Eval>,
    /// At most 16 tokens.
    pub sample: Vec<u16>,
}

/// Result of an evaluation.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct Eval {
    /// ASCII, padded with zeros.
    pub name: [u8; 8],
    pub value: f32,
}

#[derive(Accounts)]
pub struct Witness<'info> {
    pub node: Signer<'info>,
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
}

impl Witness<'_> {
    fn validate(&self, args: &WitnessArgs) -> Result<()> {
        let metrics = &args.metrics;
        let fits = metrics.evals.len() <= MAX_EVALS && metrics.sample.len() <= MAX_SAMPLE;
        require!(fits, CoordinatorError::MetricsTooLong);
        Ok(())
    }

    pub fn handle(ctx: Context<Self>, args: WitnessArgs) -> Result<()> {
        ctx.accounts.validate(&args)?;
        let at = Moment::now(ctx.accounts.run.key())?;
        let run = &mut *ctx.accounts.run.load_mut()?;
        let node = ctx.accounts.node.key();
        let ballot = Ballot {
            epoch: args.epoch,
            round: args.round,
            position: args.position,
            member_index: args.member_index,
            bitmap: &args.bitmap,
            root: &args.root,
            parameter_hash: args.parameter_hash.as_ref(),
        };
        run.vote(&at, &node, &ballot)?;
        emit!(WitnessVoted {
            run: at.run,
            epoch: args.epoch,
            round: args.round,
            node,
            bitmap: args.bitmap,
            root: args.root,
            parameter_hash: args.parameter_hash,
            possession: args.possession,
            metrics: args.metrics,
        });
        run.invariant()
    }
}
