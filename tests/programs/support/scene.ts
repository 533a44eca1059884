import { createHash } from 'node:crypto';
import { type Keypair, PublicKey } from '@solana/web3.js';
import { memberAddress, runAddress, treasuryAddress } from '../../../client/src/chain/addresses.js';
import type { ConfigArgs, JoinArgs } from '../../../client/src/chain/coordinator-calls.js';
import { decodeRun } from '../../../client/src/chain/decode-run.js';
import { decodeMember, type MemberView } from '../../../client/src/chain/members.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import type { RunView } from '../../../client/src/protocol/run-view.js';
import { type Done, Network } from './network.js';
import { type RunCall, type RunCallArgs, runCall } from './run-calls.js';
import { SETTINGS, VERSION } from './settings.js';

/** A node that is, or may become, a member. */
export interface Node {
  key: Keypair;
  payout: Keypair;
}

export interface SceneOptions {
  settings?: Partial<ConfigArgs>;
  runId?: string;
  /** Another run on the same chain. */
  network?: Network;
  /** Whether the run names a treasury; it isn't made here. */
  treasury?: boolean;
}

/** One run on a chain of its own, with its authority, and what the tests do to it. */
export class Scene {
  readonly network: Network;
  readonly authority: Keypair;
  /** A stranger: pays for what anyone may send. */
  readonly anyone: Keypair;
  readonly runId: string;
  readonly settings: ConfigArgs;
  run!: PublicKey;

  private constructor(options: SceneOptions) {
    this.network = options.network ?? new Network();
    this.runId = options.runId ?? 'test-run';
    this.settings = { ...SETTINGS, ...options.settings };
    this.authority = this.network.key(`authority of ${this.runId}`);
    this.anyone = this.network.key('anyone');
  }

  /** A run in `Uninitialized`, without a manifest. */
  static async created(options: SceneOptions = {}): Promise<Scene> {
    const scene = new Scene(options);
    const { network, authority, runId, settings } = scene;
    scene.run = await runAddress(network.ids, authority.publicKey, runId);
    const treasury = options.treasury ? treasuryAddress(network.ids, scene.run) : PublicKey.default;
    const args = { runId, config: settings, clientVersion: VERSION, treasury };
    await network.ok(network.coordinator.createRun(authority.publicKey, args), authority);
    return scene;
  }

  /** A run in `Uninitialized` that can be opened. */
  static async sealed(options: SceneOptions = {}): Promise<Scene> {
    const scene = await Scene.created(options);
    const manifest = Buffer.from('{"version":1}');
    await scene.ok('writeManifest', scene.authority, 0, manifest);
    await scene.ok('sealManifest', scene.authority, manifest.length, createHash('sha256').update(manifest).digest());
    return scene;
  }

  /** A run in `WaitingForMembers`, without a treasury. */
  static async open(options: SceneOptions = {}): Promise<Scene> {
    const scene = await Scene.sealed(options);
    await scene.ok('resume', scene.authority);
    return scene;
  }

  /** The run as it is now. */
  view(): RunView {
    return decodeRun(this.run.toBase58(), this.network.bank.getAccount(this.run)!.data);
  }

  /** A node's own account; undefined when it has none. */
  member(node: Node): MemberView | undefined {
    const address = memberAddress(this.network.ids, this.run, node.key.publicKey);
    const account = this.network.bank.getAccount(address);
    return account ? decodeMember(address, account.data) : undefined;
  }

  /** The `i`-th node, funded. */
  node(i: number): Node {
    return { key: this.network.key(`node ${i}`), payout: this.network.key(`payout ${i}`) };
  }

  nodes(count: number): Node[] {
    return Array.from({ length: count }, (_, i) => this.node(i));
  }

  /** Sends an instruction on this run that one key signs and that must succeed. */
  ok<N extends RunCall>(name: N, signer: Keypair, ...args: RunCallArgs<N>): Promise<Done> {
    return this.network.ok(this.call(name, signer, ...args), signer);
  }

  /** The same for one that must be refused with this error. */
  refused<N extends RunCall>(error: string, name: N, signer: Keypair, ...args: RunCallArgs<N>): Promise<Done> {
    return this.network.refused(error, this.call(name, signer, ...args), signer);
  }

  call<N extends RunCall>(name: N, signer: Keypair, ...args: RunCallArgs<N>): Promise<Call> {
    return runCall(this.network.coordinator, this.run, signer, name, args);
  }

  join(node: Node, args: Partial<JoinArgs> = {}): Promise<Done> {
    return this.ok('joinRun', node.key, this.joining(node, args));
  }

  /** What a node joins with: its payout key, capacity 1, no address. */
  joining(node: Node, args: Partial<JoinArgs> = {}): JoinArgs {
    return { payout: node.payout.publicKey, capacity: 1, address: { kind: 'none' }, clientVersion: VERSION, ...args };
  }

  tick(): Promise<Done> {
    return this.ok('tick', this.anyone);
  }

  /** Lets so many slots pass. */
  pass(slots: number): void {
    this.network.bank.advanceSlots(slots);
  }
}
