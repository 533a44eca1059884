/**
 * The demo's run on a real `solana-test-validator`: starts one, deploys the committed programs with the solana CLI under
 * the committed local ids, runs `psyche-client dev` against it and checks the result.
 *
 * The validator is the file or folder PSYCHE_VALIDATOR, or on PATH; where there is none this is skipped, and says so.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { problems, type DevResult } from './dev-result.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const CLIENTS = 3;
const START_TIMEOUT_MS = 60_000;

const validator = find('solana-test-validator', process.env['PSYCHE_VALIDATOR']);
if (validator === undefined) {
  console.log('SKIPPED: no solana-test-validator on PATH or in PSYCHE_VALIDATOR, so nothing was tested on a real validator');
  process.exit(0);
}
const solana = find('solana', dirname(validator));
if (solana === undefined) {
  console.error(`found ${validator}, but no solana CLI beside it or on PATH to deploy the programs with`);
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'psyche-validator-'));
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort(new Error(signal)));
try {
  await main(validator, solana);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  stop.abort();
  rmSync(folder, { recursive: true, force: true });
}

async function main(validator: string, solana: string): Promise<void> {
  const port = await freePortPair();
  const url = `http://127.0.0.1:${port}`;
  const faucet = await freePortPair();
  const ledger = join(folder, 'ledger');
  const args = ['--reset', '--quiet', '--ledger', ledger, '--bind-address', '127.0.0.1', '--rpc-port', String(port), '--faucet-port', String(faucet)];
  console.log(`starting ${validator}`);
  const node = spawn(validator, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const gone = once(node, 'exit').then(() => undefined);
  try {
    await healthy(url, gone);
    await deploy(solana, url);
    const result = await demo(url);
    const found = problems(result, { clients: CLIENTS });
    if (found.length > 0) throw new Error(found.map((p) => `✗ ${p}`).join('\n'));
    console.log(
      `on a real validator: ${CLIENTS} clients, ${result.steps} steps in ${Math.round(result.seconds)} s, ` +
        `held-out loss ${result.lossLast.toFixed(3)} < ${result.unigramEntropy.toFixed(3)}, ${result.pointsAwarded} points, all paid`,
    );
  } finally {
    node.kill('SIGTERM');
    const timer = setTimeout(() => node.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(timer);
  }
}

/** Waits until the validator answers `getHealth` with ok. */
async function healthy(url: string, gone: Promise<unknown>): Promise<void> {
  let dead = false;
  void gone.then(() => (dead = true));
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    stop.signal.throwIfAborted();
    if (dead) throw new Error('the validator exited while starting');
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"jsonrpc":"2.0","id":1,"method":"getHealth"}',
        signal: AbortSignal.timeout(2000),
      });
      if (((await response.json()) as { result?: string }).result === 'ok') return;
    } catch {
      // not up yet
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`the validator was not healthy within ${START_TIMEOUT_MS / 1000} s`);
}

async function deploy(solana: string, url: string): Promise<void> {
  const payer = join(folder, 'payer.json');
  const common = ['--url', url, '--keypair', payer];
  await run('node', ['-e', `require('fs').writeFileSync(${JSON.stringify(payer)}, JSON.stringify([...require('@solana/web3.js').Keypair.generate().secretKey]))`]);
  await run(solana, ['airdrop', '100', ...common]);
  for (const program of ['authorizer', 'coordinator', 'treasurer']) {
    const keypair = join(root, 'tools/keypairs', `${program}-keypair.json`);
    console.log(`deploying ${program}`);
    await run(solana, ['program', 'deploy', ...common, '--use-rpc', '--program-id', keypair, join(root, 'programs/deploy', `${program}.so`)]);
  }
}

async function demo(url: string): Promise<DevResult> {
  console.log('npm run dev against it');
  const main = join(root, 'dist/client/src/cli/main.js');
  const output = await run(process.execPath, [main, 'dev', '--url', url, '--clients', String(CLIENTS), '--output', 'json'], true);
  return JSON.parse(output.trim().split('\n').at(-1)!) as DevResult;
}

/** Runs a command to its end; resolves to its stdout. @throws Error with what it said, if it fails */
async function run(command: string, args: string[], showErrors = false): Promise<string> {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', showErrors ? 'inherit' : 'pipe'], signal: stop.signal, killSignal: 'SIGTERM' });
  let out = '';
  let err = '';
  child.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.slice(0, 2).join(' ')} failed (${code}):\n${err}${out}`.trim());
  return out;
}

/** An executable at `hint` (the file, or the folder it is in) or on PATH. */
function find(name: string, hint: string | undefined): string | undefined {
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

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const { port: got } = server.address() as { port: number };
      server.close(() => resolve(got));
    });
  });
}
