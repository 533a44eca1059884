/**
 * npm run setup:native -- cpu|gpu [--cache DIR]
 *
 * Makes @tensorflow/tfjs-node (cpu) or @tensorflow/tfjs-node-gpu (gpu) usable in this checkout. Their own installers
 * download a library from one fixed host and fail the whole `npm install` where it is out of reach; this takes the same
 * library, of a newer version, out of TensorFlow's Python wheel and builds the binding against it.
 *
 * What is downloaded and built stays in the user's cache (--cache, PSYCHE_CACHE, XDG_CACHE_HOME/psyche or
 * ~/.cache/psyche). Run it again at any time: it goes on where it was stopped, and after `npm ci` has emptied
 * node_modules it puts things back in a second or two.
 */
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildBinding } from './binding.js';
import { placePackage } from './place.js';
import { checkTools } from './tools.js';
import { libtensorflow } from './libtensorflow.js';
import { verify } from './verify.js';

export type Kind = 'cpu' | 'gpu';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { cache: { type: 'string' } } });
  const kind = positionals[0];
  if (positionals.length !== 1 || (kind !== 'cpu' && kind !== 'gpu')) throw new Error('say which one: npm run setup:native -- cpu, or npm run setup:native -- gpu');
  const cache = resolve(values.cache ?? process.env.PSYCHE_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'psyche'), 'native');
  await checkTools();
  const library = await libtensorflow(kind, cache, console.log);
  const built = await buildBinding(kind, library, cache, console.log);
  const placed = await placePackage(built, root);
  console.log(`placed ${placed}`);
  console.log(await verify(kind, root));
}

await main().catch((error: Error) => {
  console.error(`setup:native: ${error.message}`);
  process.exitCode = 1;
});
