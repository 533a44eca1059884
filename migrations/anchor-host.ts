import { readFileSync } from 'node:fs';
import { AnchorProvider, Wallet } from '@coral-xyz/anchor';
import { Connection } from '@solana/web3.js';
import { reportError } from '../client/src/cli/common/report-error.js';
import { PsycheError } from '../client/src/errors.js';
import migrate from './deploy.js';

/**
 * Runs `migrations/deploy.ts` for `anchor migrate`, which writes a CommonJS script naming the cluster and has it run by
 * `npm run ts-node <script>`. This package is made of ES modules, which such a script can't require: so the package's own
 * `ts-node` is this program, and takes from the script what it was written for.
 */
async function main(script: string | undefined): Promise<void> {
  const url = script && /new anchor\.web3\.Connection\(\s*"([^"\n]+)"/.exec(readFileSync(script, 'utf8'))?.[1];
  if (!url) throw new PsycheError('NO_CLUSTER', 'This is for `anchor migrate` to call; to deploy by hand, use `npm run deploy`.');
  const provider = new AnchorProvider(new Connection(url, AnchorProvider.defaultOptions().commitment), Wallet.local());
  await migrate(provider);
}

await main(process.argv[2]).catch((error: unknown) => (process.exitCode = reportError(error, true)));
