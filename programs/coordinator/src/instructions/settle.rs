//! Moves the epoch's points to the members' own accounts.

use anchor_lang::prelude::*;

use crate::{
    errors::CoordinatorError,
    events::PointsSettled,
    machine::Moment,
    state::{Member, Run},
};

#[derive(Accounts)]
pub struct Settle<'info> {
    #[account(mut)]
    pub run: AccountLoader<'info, Run>,
    // One writable `Member` account per index follows.
}

impl<'info> Settle<'info> {
    fn validate(&self, run: &Run, epoch: u32, indices: &[u8], accounts: &[AccountInfo]) -> Result<()> {
        run.check_settleable(epoch)?;
        let paired = !indices.is_empty() && indices.len() == accounts.len();
        require!(paired, CoordinatorError::WrongMemberAccount);
        Ok(())
    }

    pub fn handle(ctx: Context<'info, Self>, epoch: u32, indices: Vec<u8>) -> Result<()> {
        let at = Moment::now(ctx.accounts.run.key())?;
        let run_info = ctx.accounts.run.as_ref();
        let run = &mut *ctx.accounts.run.load_mut()?;
        ctx.accounts.validate(run, epoch, &indices, ctx.remaining_accounts)?;
        for (index, info) in indices.iter().zip(ctx.remaining_accounts) {
            settle_one(run, &at, *index as usize, info, run_info)?;
        }
        run.invariant()
    }
}

/// Only this program makes `Member` accounts, at their address: the run and node in it say whose it is.
fn settle_one<'info>(
    run: &mut Run,
    at: &Moment,
    index: usize,
    info: &'info AccountInfo<'info>,
    run_info: &AccountInfo<'info>,
) -> Result<()> {
    require!(info.is_writable, CoordinatorError::WrongMemberAccount);
    let mut member = Account::<Member>::try_from(info)?;
    let settlement = run.settle_member(at, index, &mut member)?;
    member.exit(&crate::ID)?;
    move_lamports(info, run_info, settlement.deposit_forfeited)?;
    emit!(PointsSettled {
        run: at.run,
        epoch: run.epoch,
        node: member.node,
        points: settlement.points,
        deposit_forfeited: settlement.deposit_forfeited,
    });
    Ok(())
}

/// Moves lamports from an account of this program.
pub(crate) fn move_lamports(from: &AccountInfo, to: &AccountInfo, lamports: u64) -> Result<()> {
    if lamports > 0 {
        let rest = from.lamports().checked_sub(lamports).ok_or(CoordinatorError::Arithmetic)?;
        let sum = to.lamports().checked_add(lamports).ok_or(CoordinatorError::Arithmetic)?;
        **from.try_borrow_mut_lamports()? = rest;
        **to.try_borrow_mut_lamports()? = sum;
    }
    Ok(())
}
