/**
 * The demo's run on a real `solana-test-validator`: starts one, deploys the committed programs with the solana CLI under
 * the committed local ids, runs `psyche-client dev` against it and checks the result.
 *
 * The validator is the file or folder PSYCHE_VALIDATOR, or on PATH; where there is none this is skipped, and says so.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findSolanaTools, NO_REAL_VALIDATOR, startRealValidator } from '../../localnet/src/testing/real-validator.js';
import { problems, type DevResult } from './dev-result.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const CLIENTS = 3;

const { solana, validator } = findSolanaTools() ?? {};
if (validator === undefined) {
  console.log(`SKIPPED: ${NO_REAL_VALIDATOR}, so nothing was tested on a real validator`);
  process.exit(0);
}
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
  console.log(`starting ${validator}`);
  const node = await startRealValidator(validator, { signal: stop.signal });
  const { url } = node;
  try {
    await deploy(solana, url);
    const result = await demo(url);
    const found = problems(result, { clients: CLIENTS });
    if (found.length > 0) throw new Error(found.map((p) => `✗ ${p}`).join('\n'));
    console.log(
      `on a real validator: ${CLIENTS} clients, ${result.steps} steps in ${Math.round(result.seconds)} s, ` +
        `held-out loss ${result.lossLast.toFixed(3)} < ${result.unigramEntropy.toFixed(3)}, ${result.pointsAwarded} points, all paid`,
    );
  } finally {
    await node.stop();
  }
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
