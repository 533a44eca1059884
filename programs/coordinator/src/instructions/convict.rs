//! Convicts a trainer of equivocation.

use anchor_lang::prelude::*;
use solana_instructions_sysvar::{get_instruction_relative, ID as INSTRUCTIONS_ID};
use solana_sdk_ids::ed25519_program;

use crate::{
    errors::CoordinatorError,
    events::MemberConvicted,
    instructions::settle::move_lamports,
    logic::equivocation::{signed_pair, Envelope},
    machine::Moment,
    state::{Member, Run},
};

#[derive(Accounts)]
pub struct Convict<'info> {
    /// Whoever brings the proof; gets half of the deposit.
    #[account(mut)]
    pub prover: Signer<'info>,
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
    /// Of the convicted.
    #[account(mut, has_one = run @ CoordinatorError::WrongMemberAccount)]
    pub member: Account<'info, Member>,
    /// CHECK: the run's treasury, or the run itself where there is none; see `validate`. Gets the rest of the deposit.
    #[account(mut)]
    pub treasury: UncheckedAccount<'info>,
    /// CHECK: the address is the sysvar's.
    #[account(address = INSTRUCTIONS_ID @ CoordinatorError::InvalidProof)]
    pub instructions: UncheckedAccount<'info>,
}

/// What the proof says, signatures checked.
struct Equivocation {
    key: Pubkey,
    envelope: Envelope,
}

impl Convict<'_> {
    fn validate(&self, run: &Run) -> Result<Equivocation> {
        let run_key = self.run.key();
        let treasury = if run.treasury == Pubkey::default() { run_key } else { run.treasury };
        require_keys_eq!(self.treasury.key(), treasury, CoordinatorError::WrongTreasury);
        let equivocation = self.proof()?;
        let Envelope { program, origin, epoch, .. } = equivocation.envelope;
        let ours = program == crate::ID.to_bytes() && origin == run.origin;
        require!(ours, CoordinatorError::WrongEnvelope);
        require!(epoch == run.epoch, CoordinatorError::WrongEpoch);
        Ok(equivocation)
    }

    /// The instruction right before has passed the ed25519 program, or the transaction would not have come here.
    fn proof(&self) -> Result<Equivocation> {
        let before = get_instruction_relative(-1, &self.instructions).map_err(|_| CoordinatorError::InvalidProof)?;
        require_keys_eq!(before.program_id, ed25519_program::ID, CoordinatorError::InvalidProof);
        let pair = signed_pair(&before.data).ok_or(CoordinatorError::InvalidProof)?;
        let [first, second] = pair.envelopes.map(Envelope::parse);
        let (first, second) = first.zip(second).ok_or(CoordinatorError::WrongEnvelope)?;
        require!(first.contradicts(&second), CoordinatorError::NotEquivocation);
        Ok(Equivocation { key: Pubkey::new_from_array(*pair.key), envelope: first })
    }

    /// Whether the treasury's part stays with the run: where there is no treasury, or where the part alone would be less
    /// than an account needs, for then nobody could be convicted before the treasury is created.
    fn run_keeps(&self, to_treasury: u64) -> Result<bool> {
        let after = self.treasury.lamports().saturating_add(to_treasury);
        Ok(self.treasury.key() == self.run.key() || after < Rent::get()?.minimum_balance(self.treasury.data_len()))
    }

    pub fn handle(ctx: Context<Self>) -> Result<()> {
        let accounts = ctx.accounts;
        let at = Moment::now(accounts.run.key())?;
        let run = &mut *accounts.run.load_mut()?;
        let Equivocation { key, envelope } = accounts.validate(run)?;
        let taken = run.convict(&at, envelope.index as usize, &key, &mut accounts.member)?;
        move_lamports(accounts.member.as_ref(), &accounts.prover, taken.to_prover)?;
        if accounts.run_keeps(taken.to_treasury)? {
            run.deposits_forfeited += taken.to_treasury;
            move_lamports(accounts.member.as_ref(), accounts.run.as_ref(), taken.to_treasury)?;
        } else {
            move_lamports(accounts.member.as_ref(), &accounts.treasury, taken.to_treasury)?;
        }
        emit!(MemberConvicted {
            run: at.run,
            epoch: envelope.epoch,
            round: envelope.round,
            node: key,
            prover: accounts.prover.key(),
            points: taken.points,
            to_prover: taken.to_prover,
            to_treasury: taken.to_treasury,
        });
        run.invariant()
    }
}
