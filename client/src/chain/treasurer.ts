import { BorshAccountsCoder, type Idl } from '@coral-xyz/anchor';
import { Keypair, PublicKey } from '@solana/web3.js';
import type BN from 'bn.js';
import { claimRecordAddress, memberAddress, tokenAddress, treasuryAddress } from './addresses.js';
import type { Chain } from './chain.js';
import type { Waiting } from './coordinator.js';
import { ChainError } from './errors.js';
import { treasurerIdl } from './idl.js';
import { requireSigner } from './keypair.js';
import type { Sent } from './send.js';
import { createTokenAccountCall, fetchMint, type MintInfo, tokenBalance } from './tokens.js';
import { type Rate, TreasurerCalls } from './treasurer-calls.js';
import type { Call } from './transaction.js';

/** A run's collateral; amounts in base units of its mint. */
export interface TreasuryView {
  address: string;
  run: string;
  authority: string;
  vault: string;
  mint: MintInfo;
  paidTotal: bigint;
  fundedTotal: bigint;
  withdrawnTotal: bigint;
  /** In the vault now. */
  held: bigint;
}

/**
 * The treasury of one run, seen and acted on in one key's name.
 *
 * @throws from every sending method: ChainError with the program's error.
 */
export class TreasurerClient {
  readonly calls: TreasurerCalls;

  /** @param signer the authority, a funder, or the payout key, as the method needs; needless for reading. */
  constructor(
    readonly chain: Chain,
    readonly run: PublicKey,
    readonly signer?: Keypair,
  ) {
    this.calls = new TreasurerCalls(chain);
  }

  get address(): PublicKey {
    return treasuryAddress(this.chain.programs, this.run);
  }

  /** @throws ChainError `NO_TREASURY`, `ACCOUNT_INVALID`, `MINT_INVALID`, `RPC_*` */
  async fetch(): Promise<TreasuryView> {
    const account = await this.chain.account(this.address);
    if (!account?.owner.equals(this.chain.programs.treasurer)) {
      throw new ChainError('NO_TREASURY', `The run ${this.run.toBase58()} has no treasury: its points are worth no tokens.`);
    }
    const raw = decode('Treasury', account.data);
    const vault = raw.key('vault');
    const [mint, held] = await Promise.all([fetchMint(this.chain, raw.key('mint')), tokenBalance(this.chain, vault)]);
    return {
      address: this.address.toBase58(),
      run: this.run.toBase58(),
      authority: raw.key('authority').toBase58(),
      vault: vault.toBase58(),
      mint,
      paidTotal: raw.big('paid_total'),
      fundedTotal: raw.big('funded_total'),
      withdrawnTotal: raw.big('withdrawn_total'),
      held,
    };
  }

  /** Base units paid so far for what this node earned. */
  async claimed(node: PublicKey): Promise<bigint> {
    const ids = this.chain.programs;
    const account = await this.chain.account(claimRecordAddress(ids, this.address, memberAddress(ids, this.run, node)));
    return account?.owner.equals(ids.treasurer) ? decode('ClaimRecord', account.data).big('paid') : 0n;
  }

  createTreasury(mint: MintInfo, rate: Rate, waiting?: Waiting): Promise<Sent> {
    return this.#send([this.calls.createTreasury(this.#signer.publicKey, this.run, mint, rate)], waiting);
  }

  /** Adds `amount` base units from the signer's associated token account. */
  fund(mint: MintInfo, amount: bigint, waiting?: Waiting): Promise<Sent> {
    const funder = this.#signer.publicKey;
    return this.#send([this.calls.fund(funder, this.run, mint, tokenAddress(mint.address, funder, mint.program), amount)], waiting);
  }

  /** Applies from the next epoch; whoever is on the list for that has to join again. */
  setExchangeRate(treasury: TreasuryView, rate: Rate, waiting?: Waiting): Promise<Sent> {
    return this.#send([this.calls.setExchangeRate(this.#signer.publicKey, this.run, new PublicKey(treasury.vault), rate)], waiting);
  }

  /** Opens the run to members, if the treasury can pay the next epoch. */
  resumeRun(treasury: TreasuryView, waiting?: Waiting): Promise<Sent> {
    return this.#send([this.calls.resumeRun(this.#signer.publicKey, this.run, new PublicKey(treasury.vault))], waiting);
  }

  /**
   * Pays what a node earned to the signer, its payout key, into the signer's associated token account, made if missing.
   *
   * @returns what was paid, base units.
   */
  async claim(mint: MintInfo, node: PublicKey, maxAmount?: bigint, waiting?: Waiting): Promise<Sent & { amount: bigint }> {
    const payout = this.#signer.publicKey;
    const before = await this.claimed(node);
    const sent = await this.#send(
      [createTokenAccountCall(payout, payout, mint), this.calls.claim(payout, this.run, node, mint, maxAmount)],
      waiting,
    );
    return { ...sent, amount: (await this.claimed(node)) - before };
  }

  /** After the run's end: takes back what nobody is owed, into the signer's associated token account. */
  withdraw(mint: MintInfo, amount: bigint, waiting?: Waiting): Promise<Sent> {
    const authority = this.#signer.publicKey;
    const to = tokenAddress(mint.address, authority, mint.program);
    return this.#send(
      [createTokenAccountCall(authority, authority, mint), this.calls.withdraw(authority, this.run, mint, to, amount)],
      waiting,
    );
  }

  get #signer(): Keypair {
    return requireSigner(this.signer);
  }

  async #send(calls: Promise<Call>[], waiting: Waiting = {}): Promise<Sent> {
    return this.chain.send(await Promise.all(calls), { signers: [this.#signer], signal: waiting.signal });
  }
}

function decode(name: 'Treasury' | 'ClaimRecord', data: Buffer): { key(field: string): PublicKey; big(field: string): bigint } {
  let raw: Record<string, unknown>;
  try {
    raw = new BorshAccountsCoder(treasurerIdl as unknown as Idl).decode(name, data);
  } catch (cause) {
    throw new ChainError('ACCOUNT_INVALID', `A ${name} account is not one of this client's treasurer program: upgrade psyche-client.`, { cause });
  }
  return {
    key: (field) => raw[field] as PublicKey,
    big: (field) => BigInt((raw[field] as BN).toString()),
  };
}
