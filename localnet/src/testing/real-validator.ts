import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProgramFile } from '../programs.js';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

/** Where Solana's own tools are; `solana` only where the CLI is beside the validator or on PATH. */
export interface SolanaTools {
  readonly validator: string;
  readonly solana: string | undefined;
}

/** A solana-test-validator that was started. */
export interface RealValidator {
  readonly url: string;
  readonly wsUrl: string;
  readonly pid: number;
  /** Settles when the process has ended, for whatever reason. */
  readonly gone: Promise<void>;
  /** Ends the process and removes its ledger. */
  stop(): Promise<void>;
}

/** Why there is nothing to test on. */
export const NO_REAL_VALIDATOR = 'no solana-test-validator on PATH or in PSYCHE_VALIDATOR';

/** Finds `solana-test-validator` in PSYCHE_VALIDATOR, which is the file or the folder it is in, or on PATH. */
export function findSolanaTools(): SolanaTools | undefined {
  const validator = findTool('solana-test-validator', process.env['PSYCHE_VALIDATOR']);
  return validator === undefined ? undefined : { validator, solana: findTool('solana', dirname(validator)) };
}

/** An executable at `hint` (the file, or the folder it is in) or on PATH. */
export function findTool(name: string, hint: string | undefined): string | undefined {
  const hinted = hint === undefined ? [] : [isFolder(hint) ? join(hint, name) : hint];
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((dir) => join(dir, name));
  return [...hinted, ...onPath].find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  });
}

/**
 * Starts a new chain on free ports of the loopback interface and waits until it is healthy.
 *
 * @throws Error if it ends or is not healthy within a minute
 */
export async function startRealValidator(
  path: string, { programs = [], signal }: { programs?: readonly ProgramFile[]; signal?: AbortSignal } = {},
): Promise<RealValidator> {
  signal?.throwIfAborted();
  const folder = mkdtempSync(join(tmpdir(), 'psyche-real-validator-'));
  const port = await freePortPair();
  const args = [
    '--reset', '--quiet', '--ledger', join(folder, 'ledger'), '--bind-address', '127.0.0.1', '--rpc-port', String(port),
    '--faucet-port', String(await freePortPair()), ...programs.flatMap(({ id, path: so }) => ['--bpf-program', id, so]),
  ];
  const node = spawn(path, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  let ended = false;
  const gone = new Promise<void>((resolve) => {
    node.once('error', () => resolve());
    node.once('exit', () => resolve());
  }).then(() => void (ended = true));
  const stop = async (): Promise<void> => {
    node.kill('SIGTERM');
    const timer = setTimeout(() => node.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await gone;
    clearTimeout(timer);
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await isHealthy(url))) {
      signal?.throwIfAborted();
      if (ended) throw new Error(`${path} ended while it started: run it by hand to see why`);
      if (Date.now() > deadline) throw new Error(`${path} was not healthy within ${START_TIMEOUT_MS / 1000} s`);
      await sleep(100);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, wsUrl: `ws://127.0.0.1:${port + 1}`, pid: node.pid!, gone, stop };
}

/** Whether a validator answers `getHealth` with ok. */
export async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST', headers: { 'content-type': 'application/json' }, signal: AbortSignal.timeout(2000),
      body: '{"jsonrpc":"2.0","id":1,"method":"getHealth"}',
    });
    return ((await response.json()) as { result?: string }).result === 'ok';
  } catch {
    return false;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** A port that is free together with the next one (PubSub listens there). */
async function freePortPair(): Promise<number> {
  for (;;) {
    const port = await listenOnce(0);
    if (port !== undefined && port < 65535 && (await listenOnce(port + 1)) !== undefined) return port;
  }
}

async function listenOnce(port: number): Promise<number | undefined> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return undefined;
  }
  const { port: got } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return got;
}
