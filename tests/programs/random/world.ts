import { createHash } from 'node:crypto';
import { type Keypair, PublicKey } from '@solana/web3.js';
import { authorizerIdl, coordinatorIdl, treasurerIdl } from '../../../client/src/chain/idl.js';
import { splToken } from '../../../client/src/chain/spl-token.js';
import type { MintInfo } from '../../../client/src/chain/tokens.js';
import type { AccountState } from '../../../localnet/src/testing.js';
import { EXTENSIONS } from '../support/extensions.js';
import { Network } from '../support/network.js';
import type { Node } from '../support/scene.js';
import { createMint, mintTo, tokenAccount } from '../support/tokens.js';
import { pda, runAt, textOf, tokensAt } from './addresses.js';
import { Builder } from './build.js';
import { kindOf } from './accounts.js';
import { readRun, type RunBytes } from './run-bytes.js';

/** Who pays a run's members: nobody, a treasury in one of two tokens, or a key that just says what a point is worth. */
export type Payer = 'nobody' | 'spl' | 'fee' | 'wallet';

/** A place for one run at a time: when one is closed, the next is made under another id. */
export interface RunSlot {
  index: number;
  authority: Keypair;
  payer: Payer;
  /** The authority lets nodes join, or refuses them. */
  permissioned: boolean;
  runId: string;
  address: PublicKey;
  treasury: PublicKey;
}

const NODES = 6;

/** The actors of a walk, their runs, and the chain they are on. */
export class World {
  readonly network: Network;
  readonly coordinator: Builder;
  readonly treasurer: Builder;
  readonly authorizer: Builder;
  readonly nodes: readonly Node[];
  readonly strangers: readonly Keypair[];
  readonly wallet: Keypair;
  readonly slots: RunSlot[] = [];
  /** Closed runs, whose treasuries may still hold something. */
  readonly past: RunSlot[] = [];
  readonly mints: Record<'spl' | 'fee', MintInfo>;
  readonly #keypairs = new Map<string, Keypair>();
  readonly #read = new WeakMap<Buffer, RunBytes>();
  #made = 0;

  private constructor(
    mints: Record<'spl' | 'fee', MintInfo>, network: Network, readonly spl: Awaited<ReturnType<typeof splToken>>,
  ) {
    this.mints = mints;
    this.network = network;
    this.coordinator = new Builder(coordinatorIdl, network.ids.coordinator);
    this.treasurer = new Builder(treasurerIdl, network.ids.treasurer);
    this.authorizer = new Builder(authorizerIdl, network.ids.authorizer);
    const key = (name: string): Keypair => this.#know(network.key(name, 100_000_000_000n));
    this.wallet = key('wallet');
    this.strangers = [key('stranger 0'), key('stranger 1')];
    // The first node is paid to its own key, the last two to one and the same.
    this.nodes = Array.from({ length: NODES }, (_, i) => {
      const node = key(`node ${i}`);
      return { key: node, payout: i === 0 ? node : key(`payout ${Math.min(i, NODES - 2)}`) };
    });
    const authorities = [key('authority 0'), key('authority 1')];
    const payers: Payer[] = ['spl', 'nobody', 'fee', 'wallet'];
    for (const [index, payer] of payers.entries()) {
      this.slots.push(this.#slot(index, authorities[index % authorities.length], payer, index >= 2));
    }
  }

  static async create(): Promise<World> {
    const network = new Network();
    // Programs are loaded past the bank's own list of accounts, where they would look new when they are first touched.
    const { accounts, slot, svm } = network.bank;
    for (const id of Object.values(network.ids) as PublicKey[]) accounts.set(id.toBase58(), svm.account(id.toBytes()), slot);
    const owner = network.key('mint authority', 100_000_000_000n);
    const mints = {
      spl: await createMint(network, owner, { name: 'spl mint' }),
      fee: await createMint(network, owner, { name: 'fee mint', extensions: [EXTENSIONS.transferFee] }),
    };
    const world = new World(mints, network, await splToken());
    for (const mint of Object.values(mints)) {
      for (const holder of [...world.strangers, world.slots[0].authority, world.slots[1].authority]) {
        await mintTo(network, owner, mint, holder, 10n ** 16n);
      }
      for (const payout of new Set(world.nodes.map((n) => n.payout))) await tokenAccount(network, payout, mint);
    }
    return world;
  }

  #slot(index: number, authority: Keypair, payer: Payer, permissioned: boolean): RunSlot {
    const runId = `run-${this.#made++}`;
    const address = runAt(authority.publicKey, runId);
    const treasury = payer === 'nobody' ? PublicKey.default : payer === 'wallet' ? this.wallet.publicKey : pda(
      'treasurer', 'treasury', address,
    );
    return { index, authority, payer, permissioned, runId, address, treasury };
  }

  /** Puts a new run's id in the place of a closed one. */
  renew(slot: RunSlot): void {
    this.past.push(slot);
    this.slots[slot.index] = this.#slot(slot.index, slot.authority, slot.payer, slot.permissioned);
  }

  #know(keypair: Keypair): Keypair {
    this.#keypairs.set(keypair.publicKey.toBase58(), keypair);
    return keypair;
  }

  /** The keypair of an address, where somebody here has it. */
  keypairOf(address: string): Keypair | undefined {
    return this.#keypairs.get(address);
  }

  get programs(): Builder[] {
    return [this.coordinator, this.treasurer, this.authorizer];
  }

  /** Everybody who can sign. */
  get actors(): Keypair[] {
    return [...this.#keypairs.values()];
  }

  account(address: PublicKey): AccountState | null {
    return this.network.bank.getAccount(textOf(address));
  }

  /** The run in a slot as it is now; undefined before it is made and after it is closed. */
  runIn(slot: RunSlot): RunBytes | undefined {
    const account = this.account(slot.address);
    if (kindOf(account) !== 'Run') return undefined;
    let run = this.#read.get(account!.data);
    if (!run) this.#read.set(account!.data, (run = readRun(account!.data)));
    return run;
  }

  mintOf(slot: RunSlot): MintInfo {
    return this.mints[slot.payer === 'fee' ? 'fee' : 'spl'];
  }

  vaultOf(slot: RunSlot): PublicKey {
    return tokensAt(this.mintOf(slot), slot.treasury);
  }

  /** The node with this key, in hex. */
  nodeOf(key: string): Node {
    return this.nodes.find((n) => n.key.publicKey.toBuffer().toString('hex') === key)!;
  }
}

/** 32 bytes that stand for anything of this name. */
export const hash = (name: string): Buffer => createHash('sha256').update(name).digest();
