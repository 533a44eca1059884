import type { Server } from 'node:http';
import { SlotTimer } from './clock/slot-timer.js';
import { Bank } from './ledger/bank.js';
import { derivedKeypair } from './ledger/faucet.js';
import { Ledger } from './ledger/store.js';
import { listenInPair } from './listen.js';
import { type ProgramFile, readProgram } from './programs.js';
import { PubSub } from './pubsub/server.js';
import type { RpcContext } from './rpc/context.js';
import { createRpcServer } from './rpc/server.js';

export interface ValidatorOptions {
  /** RPC port; PubSub has the next one, where web3.js looks for it. 0 finds a free pair. 8899 unless told. */
  port?: number;
  /** Address to listen on; 127.0.0.1 unless told. */
  host?: string;
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
  /** Whether `requestAirdrop` gives; it does unless told. */
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
  /** Open sockets and subscriptions of the PubSub service. */
  stats(): { sockets: number; subscriptions: number; ledgerBytes: number };
  /** Ends the running slot, writes it down, closes every connection. May be called twice. */
  stop(): Promise<void>;
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
  const programs = (options.programs ?? []).map(readProgram);
  const ledger = options.ledger === undefined ? null : Ledger.open(options.ledger, { reset: options.reset, log });
  try {
    const { faucetLamports, historyLimit } = options;
    const bank = new Bank({ programs, slotMs, faucetLamports, historyLimit, seed: ledger?.seed });
    if (ledger?.state) bank.restore(ledger.state);
    ledger?.attach(bank);
    return await serve(bank, ledger, { ...options, host, log, slotMs });
  } catch (error) {
    await ledger?.close();
    throw error;
  }
}

type Serving = ValidatorOptions & Required<Pick<ValidatorOptions, 'host' | 'log' | 'slotMs'>>;

async function serve(bank: Bank, ledger: Ledger | null, options: Serving): Promise<Validator> {
  const { host, log, signal } = options;
  const pubSub = new PubSub(bank, log);
  const endpoints = { rpc: '', pubsub: '' };
  const context: RpcContext = {
    bank, endpoints, faucet: options.faucet ?? true, identity: derivedKeypair(bank.seed, 'identity').publicKey.toBase58(),
  };
  const servers: Server[] = [createRpcServer(context, log), createRpcServer(context, log)];
  for (const server of servers) server.on('upgrade', (request, socket, head) => pubSub.upgrade(request, socket, head));
  let port: number;
  try {
    port = await listenInPair(servers[0], servers[1], host, options.port ?? 8899);
  } catch (error) {
    pubSub.close();
    throw error;
  }
  const name = host.includes(':') ? `[${host}]` : host;
  Object.assign(endpoints, { rpc: `${name}:${port}`, pubsub: `${name}:${port + 1}` });
  const timer = new SlotTimer(options.slotMs, (slots) => bank.advanceSlots(slots));
  timer.start();

  const shutDown = async (): Promise<void> => {
    signal?.removeEventListener('abort', onAbort);
    timer.stop();
    bank.advanceSlots(1);
    pubSub.close();
    await Promise.all(servers.map((server) => new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    })));
    await ledger?.close();
  };
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= shutDown());
  const onAbort = (): void => void stop().catch((error: unknown) => log(`stopping failed: ${String(error)}`));
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) {
    await stop();
    signal.throwIfAborted();
  }
  return {
    url: `http://${endpoints.rpc}`, wsUrl: `ws://${endpoints.pubsub}`, bank, stop,
    stats: () => ({ sockets: pubSub.connections, subscriptions: pubSub.subscriptions, ledgerBytes: ledger?.bytes ?? 0 }),
  };
}
