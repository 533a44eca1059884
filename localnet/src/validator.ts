import { SlotTimer } from './clock/slot-timer.js';
import { Bank } from './ledger/bank.js';
import { parseAddress } from './ledger/addresses.js';
import { derivedKeypair, Faucet } from './ledger/faucet.js';
import { LedgerError } from './ledger/lock.js';
import { Ledger } from './ledger/store.js';
import { assertReachable, listenInPair } from './listen.js';
import { type ProgramFile, readProgram } from './programs.js';
import { PubSub } from './pubsub/server.js';
import { Clients } from './rpc/clients.js';
import type { RpcContext } from './rpc/context.js';
import { RpcService } from './rpc/server.js';

export interface ValidatorOptions {
  /** RPC port; PubSub has the next one, where web3.js looks for it. 0 finds a free pair. 8899 unless told. */
  port?: number;
  /** Address to listen on; 127.0.0.1 unless told. One that others can reach needs `allowRemote`. */
  host?: string;
  /** Strangers may come, directly or through a reverse proxy: there is no faucet, and each address has limits. */
  allowRemote?: boolean;
  /** Address that has 500,000,000 SOL when a new chain begins; without a faucet somebody must. */
  mint?: string;
  /** Folder to keep the chain in; without one it is gone with the process. */
  ledger?: string;
  /** Begin anew in `ledger`. */
  reset?: boolean;
  /** Length of a slot in milliseconds, 20 to 10,000; 400 unless told. */
  slotMs?: number;
  /** Programs that are there from the start, on top of Solana's own. */
  programs?: readonly ProgramFile[];
  /** What the faucet of a new chain holds; 500,000,000 SOL unless told. */
  faucetLamports?: bigint;
  /** Whether `requestAirdrop` gives; it does unless told, and never with `allowRemote`. */
  faucet?: boolean;
  /** How many transactions are kept for getTransaction; 10,000 unless told. */
  historyLimit?: number;
  log?: (line: string) => void;
  /** Stops the validator when aborted. */
  signal?: AbortSignal;
}

/** A running validator. */
export interface Validator {
  /** e.g. `http://127.0.0.1:8899` */
  readonly url: string;
  /** e.g. `ws://127.0.0.1:8900`; WebSockets on the RPC port are taken as well. */
  readonly wsUrl: string;
  /** The chain itself, for looking at and for tests. */
  readonly bank: Bank;
  /** Open sockets and subscriptions of the PubSub service; the ledger's size; what waits in memory to be read or answered. */
  stats(): { sockets: number; subscriptions: number; ledgerBytes: number; bufferedBytes: number };
  /**
   * Ends the running slot, writes it down, tells every client and closes its connection. May be called twice.
   *
   * @throws LedgerError if the ledger could not be written
   */
  stop(): Promise<void>;
  /** Settles when it has stopped, and as `stop` does: it stops by itself when its ledger cannot be written any more. */
  readonly ended: Promise<void>;
}

/**
 * Starts an embedded validator: LiteSVM behind Solana's JSON-RPC and PubSub, with a slot every 400 ms.
 *
 * ```ts
 * const validator = await startValidator({ port: 0, programs: [{ id, path: 'programs/deploy/coordinator.so' }] });
 * const connection = new Connection(validator.url, { wsEndpoint: validator.wsUrl, commitment: 'confirmed' });
 * await validator.stop();
 * ```
 *
 * @throws ProgramFileError, LedgerError or ListenError
 */
export async function startValidator(options: ValidatorOptions = {}): Promise<Validator> {
  const { host = '127.0.0.1', log = () => {}, signal, slotMs = 400 } = options;
  if (!(slotMs >= 20 && slotMs <= 10_000)) throw new RangeError(`slotMs is ${slotMs}: it must be 20 to 10,000`);
  signal?.throwIfAborted();
  const { allowRemote = false, faucetLamports, historyLimit, mint, reset } = options;
  const faucet = assertReachable(host, allowRemote, options.faucet);
  if (mint !== undefined && !parseAddress(mint)) throw new RangeError(`mint is ${mint}: it must be an address, 32 bytes in base58`);
  const programs = (options.programs ?? []).map(readProgram);
  const ledger = options.ledger === undefined ? null : Ledger.open(options.ledger, { reset, historyLimit, log });
  try {
    const bank = new Bank({ programs, slotMs, faucetLamports, historyLimit, seed: ledger?.seed });
    if (ledger?.state) bank.restore(ledger.state);
    else endow(bank, faucet, mint);
    ledger?.attach(bank);
    return await serve(bank, ledger, { ...options, allowRemote, faucet, host, log, slotMs });
  } catch (error) {
    await ledger?.close();
    throw error;
  }
}

/** Says who has the SOL of a new chain. */
function endow(bank: Bank, faucet: boolean, mint: string | undefined): void {
  if (!faucet) bank.setAccount(bank.faucet.address, null);
  if (mint !== undefined) bank.setAccount(mint, Faucet.account());
}

type Serving = ValidatorOptions & Required<Pick<ValidatorOptions, 'allowRemote' | 'faucet' | 'host' | 'log' | 'slotMs'>>;

/** How long requests under way may take when the validator stops. */
const DRAIN_MS = 1_000;

async function serve(bank: Bank, ledger: Ledger | null, options: Serving): Promise<Validator> {
  const { allowRemote, faucet, host, log, signal } = options;
  const clients = allowRemote ? new Clients() : null;
  const endpoints = { rpc: '', pubsub: '' };
  const context: RpcContext = { bank, endpoints, faucet, identity: derivedKeypair(bank.seed, 'identity').publicKey.toBase58() };
  const pubSub = new PubSub(bank, { log, clients, ...(allowRemote && { limits: { subscriptionsPerSocket: 100 } }) });
  const rpc = new RpcService(context, { log, clients });
  const servers = [rpc.createServer(), rpc.createServer()];
  for (const server of servers) server.on('upgrade', (request, socket, head) => pubSub.upgrade(request, socket, head));
  let port: number;
  try {
    port = await listenInPair(servers[0], servers[1], host, options.port ?? 8899);
  } catch (error) {
    await pubSub.close();
    throw error;
  }
  // What accepting a connection may fail with, too many open files for one, passes.
  for (const server of servers) server.on('error', (error) => log(`a connection could not be taken: ${String(error)}`));
  const name = host.includes(':') ? `[${host}]` : host;
  Object.assign(endpoints, { rpc: `${name}:${port}`, pubsub: `${name}:${port + 1}` });

  const cutOff = (): void => servers.forEach((server) => server.closeAllConnections());
  let failure: LedgerError | null = null;
  const advance = (slots: number): void => {
    try {
      if (!failure) bank.advanceSlots(slots);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      failure = error;
      log(error.message);
      // A slot that is not written down may not be told of.
      cutOff();
      stop().catch(() => {});
    }
  };
  const timer = new SlotTimer(options.slotMs, advance);
  timer.start();

  const shutDown = async (): Promise<void> => {
    signal?.removeEventListener('abort', onAbort);
    timer.stop();
    const answered = rpc.stop();
    const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    advance(1);
    const patience = setTimeout(cutOff, DRAIN_MS);
    await Promise.all([pubSub.close(), answered]);
    clearTimeout(patience);
    cutOff();
    await Promise.all(closed);
    await ledger?.close();
    if (failure) throw failure;
  };
  let stopping: Promise<void> | undefined;
  let settle = (_: Promise<void>): void => {};
  const ended = new Promise<void>((resolve) => (settle = resolve));
  ended.catch(() => {});
  const stop = (): Promise<void> => {
    if (!stopping) settle(stopping = Promise.resolve().then(shutDown));
    return stopping!;
  };
  const onAbort = (): void => void stop().catch((error: unknown) => log(`stopping failed: ${String(error)}`));
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) {
    await stop();
    signal.throwIfAborted();
  }
  return {
    url: `http://${endpoints.rpc}`, wsUrl: `ws://${endpoints.pubsub}`, bank, ended, stop,
    stats: () => ({
      sockets: pubSub.connections, subscriptions: pubSub.subscriptions, ledgerBytes: ledger?.bytes ?? 0,
      bufferedBytes: rpc.buffered.bodies + rpc.buffered.replies + pubSub.unreadBytes,
    }),
  };
}
