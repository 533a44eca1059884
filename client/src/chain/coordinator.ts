import { type Keypair, PublicKey, type Signer } from '@solana/web3.js';
import type { Announcement } from '../protocol/commitment.js';
import type { RunView } from '../protocol/run-view.js';
import { manifestAddress, memberAddress } from './addresses.js';
import type { Chain } from './chain.js';
import type { ConfigArgs, JoinArgs, WitnessArgs } from './coordinator-args.js';
import { CoordinatorCalls } from './coordinator-calls.js';
import { decodeRun } from './decode-run.js';
import { equivocationProof } from './equivocation.js';
import { ChainError } from './errors.js';
import { requireSigner } from './keypair.js';
import { FULL_LOAD, isJoined, type Load, loadOf } from './load.js';
import { decodeMember, findMembers, type MemberView } from './members.js';
import { fetchManifest, resolveRun } from './runs.js';
import type { Sent } from './send.js';
import type { Call } from './transaction.js';
import { watchAccount, type WatchOptions } from './watch-account.js';

export interface Waiting {
  signal?: AbortSignal;
}

/** Bytes of a manifest that fit one transaction beside signature, keys, budget and the sealing. */
const MANIFEST_PART = 840;

/** Most members that one `settle` takes, so that its transaction stays within 1,232 bytes. */
export const SETTLE_AT_ONCE = 24;

/**
 * One run, seen and acted on in one key's name. Every method named as an instruction sends it and waits for it to be
 * confirmed; {@link CoordinatorClient.calls} builds the same for transactions of several.
 *
 * @throws from every sending method: ChainError with the program's error, e.g. `isProgramError(e, 'TooEarly')`
 */
export class CoordinatorClient {
  readonly calls: CoordinatorCalls;
  /** The run as it was last seen. */
  #seen?: RunView;

  /** @param signer pays and signs; needless for reading. */
  constructor(
    readonly chain: Chain,
    readonly run: PublicKey,
    readonly signer?: Keypair,
  ) {
    this.calls = new CoordinatorCalls(chain);
  }

  /** The run with this id or address. @throws ChainError `RUN_NOT_FOUND` */
  static async open(chain: Chain, idOrAddress: string, signer?: Keypair): Promise<CoordinatorClient> {
    return new CoordinatorClient(chain, await resolveRun(chain, idOrAddress), signer);
  }

  /** @throws ChainError `RUN_NOT_FOUND`, `ACCOUNT_INVALID`, `RPC_*` */
  async fetchRun(): Promise<RunView> {
    const account = await this.chain.account(this.run);
    if (!account) throw new ChainError('RUN_NOT_FOUND', `The run ${this.run.toBase58()} is not there (any more).`);
    return this.#decode(account.data, account.owner.toBase58());
  }

  /**
   * Delivers the run as it is, and again whenever it changed.
   *
   * @param onError what went wrong meanwhile (node unreachable, account unreadable); the subscription goes on.
   * @returns ends it.
   */
  subscribe(
    onRun: (run: RunView, slot: number) => void,
    onError: (error: unknown) => void = () => {},
    options: Partial<WatchOptions> = {},
  ): () => void {
    const watch = { commitment: this.chain.commitment, ...options };
    const changed = (data: Buffer, owner: string, slot: number): void => {
      let run: RunView;
      try {
        run = this.#decode(data, owner);
      } catch (error) {
        return onError(error);
      }
      onRun(run, slot);
    };
    return watchAccount(this.chain.connection, this.chain.pubsub, this.run, watch, changed, onError);
  }

  /** The manifest's JSON as sealed: hostile input, to be parsed as such. @throws ChainError `ACCOUNT_MISSING` */
  async fetchManifest(): Promise<string> {
    return (await fetchManifest(this.chain, this.run)).toString('utf8');
  }

  /** The node's lasting account in this run. @throws ChainError `ACCOUNT_INVALID`, `RPC_*` */
  async fetchMember(node: PublicKey | string): Promise<MemberView | undefined> {
    return (await this.fetchMembers([node]))[0];
  }

  /** The lasting accounts of these nodes, those that have none left out; of all that ever joined when none are named. */
  async fetchMembers(nodes?: readonly (PublicKey | string)[]): Promise<MemberView[]> {
    if (!nodes) return findMembers(this.chain, this.run);
    const addresses = nodes.map((n) => memberAddress(this.chain.programs, this.run, new PublicKey(n)));
    const accounts = await this.chain.accounts(addresses);
    return accounts.flatMap((a, i) => (a?.owner.equals(this.chain.programs.coordinator) ? [decodeMember(addresses[i], a.data)] : []));
  }

  /** The accounts whose points this key may claim. */
  membersOfPayout(payout: PublicKey): Promise<MemberView[]> {
    return findMembers(this.chain, this.run, payout);
  }

  joinRun(args: JoinArgs, waiting?: Waiting): Promise<Sent> {
    return this.#send(this.calls.joinRun(this.#key, this.run, args, this.#load, this.#seen && isJoined(this.#seen, this.#key.toBase58())), waiting);
  }

  leaveRun(waiting?: Waiting): Promise<Sent> {
    return this.#send(this.calls.leaveRun(this.#key, this.run, this.#load), waiting);
  }

  tick(waiting?: Waiting): Promise<Sent> {
    return this.#send(this.calls.tick(this.run, this.#load), waiting);
  }

  pinSeed(waiting?: Waiting): Promise<Sent> {
    return this.#send(this.calls.pinSeed(this.run, this.#load), waiting);
  }

  warmupWitness(args: { epoch: number }, waiting?: Waiting): Promise<Sent> {
    return this.#send(this.calls.warmupWitness(this.#key, this.run, args.epoch, this.#load), waiting);
  }

  witness(args: WitnessArgs, waiting?: Waiting): Promise<Sent> {
    return this.#send(this.calls.witness(this.#key, this.run, args, this.#load), waiting);
  }

  healthCheck(args: { epoch: number; round: number; memberIndex: number }, waiting?: Waiting): Promise<Sent> {
    return this.#send(this.calls.healthCheck(this.run, args.epoch, args.round, args.memberIndex, this.#load), waiting);
  }

  /** Brings the proof that a member signed two commitments for one round. @param member its node key, base58. */
  async convict(args: { member: string; first: Announcement; second: Announcement; treasury?: string }, waiting?: Waiting): Promise<Sent> {
    const member = new PublicKey(args.member);
    const treasury = args.treasury === undefined ? undefined : new PublicKey(args.treasury);
    const proof = equivocationProof(member.toBytes(), args.first, args.second);
    const calls = [proof, await this.calls.convict(this.#key, this.run, member, treasury, this.#load)];
    return this.chain.send(calls, { signers: [this.#signer], signal: waiting?.signal });
  }

  cooldownWitness(args: { epoch: number; hash: Uint8Array }, waiting?: Waiting): Promise<Sent> {
    return this.#send(this.calls.cooldownWitness(this.#key, this.run, args.epoch, args.hash, this.#load), waiting);
  }

  checkpoint(args: { epoch: number; hash: Uint8Array; location: string }, waiting?: Waiting): Promise<Sent> {
    return this.#send(this.calls.checkpoint(this.#key, this.run, args.epoch, args.hash, args.location), waiting);
  }

  /** @param args.members index in the epoch and node key of each to settle, at most {@link SETTLE_AT_ONCE}. */
  settle(args: { epoch: number; members: readonly { index: number; key: string }[] }, waiting?: Waiting): Promise<Sent> {
    const members = args.members.map(({ index, key }) => ({ index, key: new PublicKey(key) }));
    const forfeits = this.#seen && args.members.filter(({ index }) => this.#seen?.members[index]?.forfeited ?? true).length;
    return this.#send(this.calls.settle(this.run, args.epoch, members, this.#load, forfeits), waiting);
  }

  pause(waiting?: Waiting): Promise<Sent> {
    return this.#send(this.calls.pause(this.#key, this.run), waiting);
  }

  /** Of a run without treasury; with one, `TreasurerClient.resumeRun` does it. */
  resume(waiting?: Waiting): Promise<Sent> {
    return this.#send(this.calls.resume(this.#key, this.run), waiting);
  }

  updateConfig(config: ConfigArgs, waiting?: Waiting): Promise<Sent> {
    return this.#send(this.calls.updateConfig(this.#key, this.run, config, this.#load), waiting);
  }

  updateClientVersion(version: string, waiting?: Waiting): Promise<Sent> {
    return this.#send(this.calls.updateClientVersion(this.#key, this.run, version, this.#load), waiting);
  }

  /** @param joinAuthority none: anyone may join. */
  setJoinAuthority(joinAuthority: PublicKey | undefined, waiting?: Waiting): Promise<Sent> {
    return this.#send(this.calls.setJoinAuthority(this.#key, this.run, joinAuthority, this.#load), waiting);
  }

  finish(waiting?: Waiting): Promise<Sent> {
    return this.#send(this.calls.finish(this.#key, this.run), waiting);
  }

  /** @param payout the payout key, where the member has points: it signs too. */
  async closeMember(args: { payout: PublicKey | Keypair }, waiting?: Waiting): Promise<Sent> {
    const signs = 'secretKey' in args.payout;
    const payout = signs ? (args.payout as Keypair) : undefined;
    const key = payout?.publicKey ?? (args.payout as PublicKey);
    return this.#send(this.calls.closeMember(this.#key, key, this.run, signs, true, this.#load), waiting, payout ? [payout] : []);
  }

  async closeRun(runId: string, waiting?: Waiting): Promise<Sent> {
    return this.#send(this.calls.closeRun(this.#key, this.run, runId), waiting);
  }

  /** Uploads a manifest in parts and seals it. @param bytes at most 4096. */
  async uploadManifest(bytes: Uint8Array, hash: Uint8Array, waiting?: Waiting): Promise<Sent> {
    const write = (offset: number): Promise<Call> =>
      this.calls.writeManifest(this.#key, this.run, offset, bytes.subarray(offset, offset + MANIFEST_PART), this.#load);
    const last = Math.max(0, Math.ceil(bytes.length / MANIFEST_PART) - 1) * MANIFEST_PART;
    for (let offset = 0; offset < last; offset += MANIFEST_PART) await this.#send(write(offset), waiting);
    const calls = await Promise.all([write(last), this.calls.sealManifest(this.#key, this.run, bytes.length, hash)]);
    return this.chain.send(calls, { signers: [this.#signer], signal: waiting?.signal });
  }

  get manifestAddress(): PublicKey {
    return manifestAddress(this.chain.programs, this.run);
  }

  /** What transactions will meet, as far as it is known. */
  get #load(): Load {
    return this.#seen ? loadOf(this.#seen) : FULL_LOAD;
  }

  get #key(): PublicKey {
    return this.#signer.publicKey;
  }

  get #signer(): Keypair {
    return requireSigner(this.signer);
  }

  async #send(call: Promise<Call>, waiting: Waiting = {}, others: readonly Signer[] = []): Promise<Sent> {
    return this.chain.send([await call], { signers: [this.#signer, ...others], signal: waiting.signal });
  }

  #decode(data: Buffer, owner: string): RunView {
    if (owner !== this.chain.programs.coordinator.toBase58()) {
      throw new ChainError('ACCOUNT_INVALID', `${this.run.toBase58()} belongs to ${owner}, not to the coordinator in use: check the program's address.`);
    }
    return (this.#seen = decodeRun(this.run.toBase58(), data));
  }
}
