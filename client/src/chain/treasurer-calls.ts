import { Program } from '@coral-xyz/anchor';
import { type PublicKey, SystemProgram } from '@solana/web3.js';
import BN from 'bn.js';
import type { Treasurer } from '../../../idl/treasurer.js';
import { ASSOCIATED_TOKEN_PROGRAM, claimRecordAddress, memberAddress, missesOf, tokenAddress, treasuryAddress } from './addresses.js';
import type { Chain } from './chain.js';
import { TREASURER_UNITS } from './compute-units.js';
import { call } from './coordinator-calls.js';
import { treasurerIdl } from './idl.js';
import { FULL_LOAD } from './load.js';
import type { MintInfo } from './tokens.js';
import type { Call } from './transaction.js';

/** Base units of collateral per point, as a fraction. */
export interface Rate {
  num: bigint;
  den: bigint;
}

/** Builds the treasurer's instructions; nothing here touches the network. */
export class TreasurerCalls {
  readonly #program: Program<Treasurer>;
  readonly #chain: Chain;

  constructor(chain: Chain) {
    this.#chain = chain;
    const idl = { ...treasurerIdl, address: chain.programs.treasurer.toBase58() };
    this.#program = new Program<Treasurer>(idl as Treasurer, { connection: chain.connection });
  }

  createTreasury(authority: PublicKey, run: PublicKey, mint: MintInfo, rate: Rate): Promise<Call> {
    const accounts = this.#vault(run, mint);
    const create = this.#program.methods.createTreasury(big(rate.num), big(rate.den)).accountsStrict({
      authority,
      run,
      ...accounts,
      associatedTokenProgram: ASSOCIATED_TOKEN_PROGRAM,
      coordinatorProgram: this.#chain.programs.coordinator,
      systemProgram: SystemProgram.programId,
    });
    return call('createTreasury', create, TREASURER_UNITS.createTreasury(mint, missesOf(accounts.treasury), missesOf(accounts.vault)));
  }

  /** @param amount base units. @param from the funder's token account. */
  fund(funder: PublicKey, run: PublicKey, mint: MintInfo, from: PublicKey, amount: bigint): Promise<Call> {
    const fund = this.#program.methods.fund(big(amount)).accountsStrict({ funder, from, ...this.#vault(run, mint) });
    return call('fund', fund, TREASURER_UNITS.fund(mint));
  }

  setExchangeRate(authority: PublicKey, run: PublicKey, vault: PublicKey, rate: Rate, load = FULL_LOAD): Promise<Call> {
    const set = this.#program.methods.setExchangeRate(big(rate.num), big(rate.den)).accountsStrict({
      authority,
      run,
      treasury: treasuryAddress(this.#chain.programs, run),
      vault,
      coordinatorProgram: this.#chain.programs.coordinator,
    });
    return call('treasurerSetExchangeRate', set, TREASURER_UNITS.setExchangeRate(load));
  }

  resumeRun(authority: PublicKey, run: PublicKey, vault: PublicKey): Promise<Call> {
    const resume = this.#program.methods.resumeRun().accountsStrict({
      authority,
      run,
      treasury: treasuryAddress(this.#chain.programs, run),
      vault,
      coordinatorProgram: this.#chain.programs.coordinator,
    });
    return call('resumeRun', resume, TREASURER_UNITS.resumeRun());
  }

  /** @param maxAmount base units; all that is due when absent. */
  claim(payout: PublicKey, run: PublicKey, node: PublicKey, mint: MintInfo, maxAmount?: bigint): Promise<Call> {
    const ids = this.#chain.programs;
    const member = memberAddress(ids, run, node);
    const vault = this.#vault(run, mint);
    const claimRecord = claimRecordAddress(ids, vault.treasury, member);
    const claim = this.#program.methods.claim(maxAmount === undefined ? null : big(maxAmount)).accountsStrict({
      payout,
      run,
      member,
      claimRecord,
      payoutToken: tokenAddress(mint.address, payout, mint.program),
      ...vault,
      systemProgram: SystemProgram.programId,
    });
    return call('claim', claim, TREASURER_UNITS.claim(mint, missesOf(claimRecord)));
  }

  /** @param to the authority's token account. */
  withdraw(authority: PublicKey, run: PublicKey, mint: MintInfo, to: PublicKey, amount: bigint): Promise<Call> {
    const withdraw = this.#program.methods.withdraw(big(amount)).accountsStrict({ authority, run, to, ...this.#vault(run, mint) });
    return call('withdraw', withdraw, TREASURER_UNITS.withdraw(mint));
  }

  /** After `closeRun`, with an empty vault: all lamports to the authority. */
  closeTreasury(authority: PublicKey, run: PublicKey, mint: MintInfo): Promise<Call> {
    const { treasury, vault, tokenProgram } = this.#vault(run, mint);
    const close = this.#program.methods.closeTreasury().accountsStrict({ authority, run, treasury, vault, tokenProgram });
    return call('closeTreasury', close, TREASURER_UNITS.closeTreasury(mint));
  }

  /** After `closeMember`: the record's rent to the payout key. */
  closeClaimRecord(payout: PublicKey, run: PublicKey, node: PublicKey): Promise<Call> {
    const ids = this.#chain.programs;
    const [member, treasury] = [memberAddress(ids, run, node), treasuryAddress(ids, run)];
    const claimRecord = claimRecordAddress(ids, treasury, member);
    const close = this.#program.methods.closeClaimRecord().accountsStrict({ payout, run, member, treasury, claimRecord });
    return call('closeClaimRecord', close, TREASURER_UNITS.closeClaimRecord(missesOf(treasury)));
  }

  #vault(run: PublicKey, mint: MintInfo): { treasury: PublicKey; mint: PublicKey; vault: PublicKey; tokenProgram: PublicKey } {
    const treasury = treasuryAddress(this.#chain.programs, run);
    return { treasury, mint: mint.address, vault: tokenAddress(mint.address, treasury, mint.program), tokenProgram: mint.program };
  }
}

const big = (value: bigint): BN => new BN(value.toString());
