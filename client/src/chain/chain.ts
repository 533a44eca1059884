import { type Commitment, Connection, type PublicKey } from '@solana/web3.js';
import { isLocalCluster } from './cluster.js';
import type { ChainConfig } from './config.js';
import type { ProgramIds } from './program-ids.js';
import { PubSub } from './pubsub.js';
import { rpc } from './rpc.js';
import { type SendOptions, type Sent, sendTransaction } from './send.js';
import type { Call } from './transaction.js';

/** Micro-lamports offered per compute unit where others may compete for block space. */
const DEFAULT_COMPUTE_UNIT_PRICE = 1000;

/** Where the cluster is and how to talk to it; a {@link ChainConfig} is one. */
export interface ChainSettings {
  rpcUrl: string;
  wsUrl: string;
  commitment: Commitment;
  programs: ProgramIds;
  /** Micro-lamports per compute unit; by default 0 on a local cluster, else 1000. */
  computeUnitPrice?: number;
  /** How often an unconfirmed transaction is sent again, milliseconds. Default 2000. */
  resendMs?: number;
}

/**
 * A cluster as this process uses it: one HTTP connection, one WebSocket, and a count of what was sent through them.
 * Call {@link close} when done, or the WebSocket may keep the process alive for a moment.
 */
export class Chain {
  readonly rpcUrl: string;
  readonly commitment: Commitment;
  readonly programs: ProgramIds;
  readonly connection: Connection;
  readonly pubsub: PubSub;
  readonly computeUnitPrice: number;
  readonly resendMs: number;
  /** Transactions that landed through this object, failed ones included, and the lamports of their fees. */
  readonly spent = { transactions: 0, fees: 0n };

  constructor(settings: ChainSettings) {
    this.rpcUrl = settings.rpcUrl;
    this.commitment = settings.commitment;
    this.programs = settings.programs;
    this.computeUnitPrice = settings.computeUnitPrice ?? (isLocalCluster(settings.rpcUrl) ? 0 : DEFAULT_COMPUTE_UNIT_PRICE);
    this.resendMs = settings.resendMs ?? 2000;
    this.pubsub = new PubSub(settings.wsUrl);
    this.connection = new Connection(settings.rpcUrl, {
      commitment: settings.commitment,
      wsEndpoint: settings.wsUrl,
      // Its own retries print to the console; callers here retry by themselves.
      disableRetryOnRateLimit: true,
    });
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

  close(): void {
    this.pubsub.close();
  }
}
