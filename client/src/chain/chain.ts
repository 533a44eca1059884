import { type Commitment, Connection, type PublicKey, type RecentPrioritizationFees } from '@solana/web3.js';
import { areLocal, type Endpoint } from './endpoints.js';
import { ChainError } from './errors.js';
import { LEAST_COMPUTE_UNIT_PRICE, MOST_COMPUTE_UNIT_PRICE } from './prices.js';
import { PriorityFees } from './priority-fees.js';
import type { ProgramIds } from './program-ids.js';
import { PubSub } from './pubsub.js';
import { rpc } from './rpc.js';
import { call, resultOf, type Tell } from './rpc-answer.js';
import { faultIn, type RpcFault } from './rpc-fault.js';
import { RpcPool } from './rpc-pool.js';
import { type SendOptions, type Sent, sendTransaction } from './send.js';
import type { Call } from './transaction.js';

/** Where the cluster is and how to talk to it; a `ChainConfig` is one. */
export interface ChainSettings {
  rpcUrl: string;
  wsUrl: string;
  /** Other nodes of the same cluster, for when that one fails; in order of preference. */
  fallbacks?: readonly Endpoint[];
  commitment: Commitment;
  programs: ProgramIds;
  /** Micro-lamports per compute unit; by default 0 on a local cluster, else what others have paid lately. */
  computeUnitPrice?: number;
  /** Never more than this is offered by default, micro-lamports per compute unit. Default 1,000,000. */
  maxComputeUnitPrice?: number;
  /** How often an unconfirmed transaction is sent again, milliseconds. Default 2000. */
  resendMs?: number;
  /** How long a transaction is tried before it is given up, milliseconds. Default ten minutes; Infinity: until it lands or can't. */
  patienceMs?: number;
  /** Silence after which a request to a node is given up, milliseconds. Default 15,000. */
  silenceMs?: number;
  /** Hears what an operator should know, such as a node that is gone; must not throw. */
  tell?: Tell;
}

/**
 * A cluster as this process uses it: its nodes taken as one, a WebSocket to one of them, and a count of what was sent.
 * Call {@link close} when done, or the WebSocket may keep the process alive for a moment.
 */
export class Chain {
  /** Of the preferred node. */
  readonly rpcUrl: string;
  readonly commitment: Commitment;
  readonly programs: ProgramIds;
  readonly connection: Connection;
  readonly pubsub: PubSub;
  /** What to offer per compute unit. */
  readonly fees: Pick<PriorityFees, 'price'>;
  readonly resendMs: number;
  readonly patienceMs: number;
  readonly tell: Tell;
  readonly #nodes: RpcPool;
  /** Transactions that landed through this object, failed ones included, and the lamports of their fees. */
  readonly spent = { transactions: 0, fees: 0n };

  constructor(settings: ChainSettings) {
    this.rpcUrl = settings.rpcUrl;
    this.commitment = settings.commitment;
    this.programs = settings.programs;
    this.resendMs = settings.resendMs ?? 2000;
    this.patienceMs = settings.patienceMs ?? 600_000;
    this.tell = settings.tell ?? (() => {});
    const { rpcUrl, wsUrl, fallbacks = [], silenceMs, tell } = settings;
    this.#nodes = new RpcPool([{ rpcUrl, wsUrl }, ...fallbacks], { silenceMs, tell });
    this.pubsub = new PubSub(() => this.#nodes.pubSubUrls());
    this.connection = new Connection(rpcUrl, {
      commitment: settings.commitment,
      wsEndpoint: wsUrl,
      fetch: this.#nodes.fetch as never,
      // Nodes are waited for, and connections kept, one floor below; its own retries would print to the console.
      httpAgent: false,
      disableRetryOnRateLimit: true,
    });
    const fixed = settings.computeUnitPrice ?? (areLocal([{ rpcUrl, wsUrl }, ...fallbacks]) ? 0 : undefined);
    const recent = (lockedWritableAccounts: PublicKey[]): Promise<RecentPrioritizationFees[]> => this.connection.getRecentPrioritizationFees({ lockedWritableAccounts });
    const bounds = { least: LEAST_COMPUTE_UNIT_PRICE, most: settings.maxComputeUnitPrice ?? MOST_COMPUTE_UNIT_PRICE };
    this.fees = fixed === undefined ? new PriorityFees(recent, bounds) : { price: () => Promise.resolve(fixed) };
  }

  /** Sends calls as one transaction and waits until it is confirmed; see {@link sendTransaction}. */
  send(calls: readonly Call[], options: SendOptions): Promise<Sent> {
    return sendTransaction(this, calls, options);
  }

  /** The slot the cluster is at. @throws ChainError `RPC_*` */
  slot(): Promise<number> {
    return rpc(this.rpcUrl, () => this.connection.getSlot(this.commitment));
  }

  /** Lamports held. @throws ChainError `RPC_*` */
  async balance(address: PublicKey): Promise<bigint> {
    return BigInt(await rpc(this.rpcUrl, () => this.connection.getBalance(address, this.commitment)));
  }

  /** Lamports an account of so many bytes has to hold. @throws ChainError `RPC_*` */
  async rent(bytes: number): Promise<bigint> {
    return BigInt(await rpc(this.rpcUrl, () => this.connection.getMinimumBalanceForRentExemption(bytes)));
  }

  /** An account's content, undefined when there is none. @throws ChainError `RPC_*` */
  async account(address: PublicKey): Promise<{ data: Buffer; owner: PublicKey; lamports: number; executable: boolean } | undefined> {
    const account = await rpc(this.rpcUrl, () => this.connection.getAccountInfo(address, this.commitment));
    return account ?? undefined;
  }

  /** Several accounts' contents, undefined where there is none. @throws ChainError `RPC_*` */
  async accounts(addresses: readonly PublicKey[]): Promise<({ data: Buffer; owner: PublicKey; lamports: number } | undefined)[]> {
    const found: ({ data: Buffer; owner: PublicKey; lamports: number } | undefined)[] = [];
    for (let i = 0; i < addresses.length; i += 100) {
      const some = addresses.slice(i, i + 100);
      const page = await rpc(this.rpcUrl, () => this.connection.getMultipleAccountsInfo([...some], this.commitment));
      found.push(...page.map((a) => a ?? undefined));
    }
    return found;
  }

  /**
   * Hands a signed transaction to a node, which tries it out first. @returns why it was not taken
   *
   * @param minContextSlot a node that has not seen this slot says so, instead of taking the blockhash for an old one.
   * @throws ChainError `RPC_*`
   */
  async offer(transaction: Buffer, minContextSlot: number): Promise<RpcFault | undefined> {
    const text = await this.#nodes.post(sending(transaction, { minContextSlot }));
    const fault = faultIn(text);
    if (fault === undefined && typeof resultOf(text) !== 'string') throw new ChainError('RPC_REFUSED', 'The Solana node did not say whether it took a transaction: wait, or use another with -u.');
    return fault;
  }

  /** Hands a signed transaction to every node, unchecked. Never rejects. */
  broadcast(transaction: Buffer): Promise<void> {
    return this.#nodes.broadcast(sending(transaction, { skipPreflight: true }));
  }

  /** Requests under way end with `RPC_UNREACHABLE`. */
  close(): void {
    this.pubsub.close();
    this.#nodes.close();
  }
}

/** Nodes are not to repeat it: that is done here. */
const sending = (transaction: Buffer, options: object): string =>
  call('sendTransaction', [transaction.toString('base64'), { encoding: 'base64', preflightCommitment: 'processed', maxRetries: 0, ...options }]);
