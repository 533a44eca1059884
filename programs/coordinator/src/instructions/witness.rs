use anchor_lang::prelude::*;

use crate::{constants::*, errors::CoordinatorError, state::*};

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
    pub fn handle(_ctx: Context<Self>, _args: WitnessArgs) -> Result<()> {
        Ok(())
    }
}
