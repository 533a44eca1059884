import type { Keypair, PublicKey } from '@solana/web3.js';
import { tokenAddress, treasuryAddress } from '../../../client/src/chain/addresses.js';
import type { MintInfo } from '../../../client/src/chain/tokens.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import type { Rate } from '../../../client/src/chain/treasurer-calls.js';
import type { Done } from './network.js';
import { type Node, Scene, type SceneOptions } from './scene.js';
import { createMint, mintTo, tokens } from './tokens.js';

/** A run with a treasury, and what the tests do to that. */
export class PaidRun {
  private constructor(readonly scene: Scene, readonly mint: MintInfo) {}

  /** Sealed, its treasury made and funded, not opened. */
  static async funded(amount: bigint, rate: Rate, options: SceneOptions & { mint?: MintInfo } = {}): Promise<PaidRun> {
    const scene = await Scene.sealed({ ...options, treasury: true });
    const mint = options.mint ?? (await createMint(scene.network, scene.authority));
    const paid = new PaidRun(scene, mint);
    await scene.network.ok(paid.create(rate), scene.authority);
    if (amount > 0n) await paid.fund(amount);
    return paid;
  }

  /** The same, waiting for members. */
  static async open(amount: bigint, rate: Rate, options: SceneOptions = {}): Promise<PaidRun> {
    const paid = await PaidRun.funded(amount, rate, options);
    await paid.scene.network.ok(paid.resume(), paid.authority);
    return paid;
  }

  get authority(): Keypair {
    return this.scene.authority;
  }

  get vault(): PublicKey {
    const { network, run } = this.scene;
    return tokenAddress(this.mint.address, treasuryAddress(network.ids, run), this.mint.program);
  }

  get held(): bigint {
    return tokens(this.scene.network, this.vault);
  }

  create(rate: Rate): Promise<Call> {
    return this.scene.network.treasurer.createTreasury(this.authority.publicKey, this.scene.run, this.mint, rate);
  }

  /** Mints tokens to the authority, who funds the treasury with them. */
  async fund(amount: bigint): Promise<Done> {
    const from = await mintTo(this.scene.network, this.authority, this.mint, this.authority, amount);
    return this.scene.network.ok(this.scene.network.treasurer.fund(this.authority.publicKey, this.scene.run, this.mint, from, amount), this.authority);
  }

  resume(): Promise<Call> {
    return this.scene.network.treasurer.resumeRun(this.authority.publicKey, this.scene.run, this.vault);
  }

  setRate(rate: Rate): Promise<Call> {
    return this.scene.network.treasurer.setExchangeRate(this.authority.publicKey, this.scene.run, this.vault, rate);
  }

  claim(node: Node, maxAmount?: bigint): Promise<Call> {
    return this.scene.network.treasurer.claim(node.payout.publicKey, this.scene.run, node.key.publicKey, this.mint, maxAmount);
  }

  withdraw(amount: bigint): Promise<Call> {
    const { network, run } = this.scene;
    const to = tokenAddress(this.mint.address, this.authority.publicKey, this.mint.program);
    return network.treasurer.withdraw(this.authority.publicKey, run, this.mint, to, amount);
  }

  /** What a payout key holds. */
  paidOut(node: Node): bigint {
    return tokens(this.scene.network, tokenAddress(this.mint.address, node.payout.publicKey, this.mint.program));
  }
}
