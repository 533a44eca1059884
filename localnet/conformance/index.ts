/**
 * Compares the embedded validator with a real `solana-test-validator`: both are put into the same state and get the same
 * requests; every difference that is not in `known-differences.ts` fails, and so does one in there that is no more.
 *
 * The validator is the file or folder PSYCHE_VALIDATOR, or on PATH; where there is none this is skipped, and says so.
 */
import { closeWebSocket } from '../src/testing/web-socket.js';
import { findSolanaTools, NO_REAL_VALIDATOR, type SolanaTools, startRealValidator } from '../src/testing/real-validator.js';
import { startValidator } from '../src/index.js';
import { accountCases } from './accounts.js';
import { blockCases } from './blocks.js';
import { clusterCases } from './cluster.js';
import { historyCases } from './history.js';
import { PRELOADED } from './programs.js';
import { BODIES, parameterCases } from './protocol.js';
import { comparePubSub } from './pubsub.js';
import { prepare } from './scene.js';
import { Target } from './target.js';
import { tokenCases } from './tokens.js';
import { signRequests, transactionCases } from './transactions.js';
import { testBehaviour } from './behaviour.js';
import { Comparison } from './comparison.js';
import { judge, report, table } from './report.js';

if (process.argv.includes('--table')) {
  console.log(table());
  process.exit(0);
}
const tools = findSolanaTools();
if (tools === undefined) {
  console.log(`SKIPPED: ${NO_REAL_VALIDATOR}, so nothing was compared`);
  process.exit(0);
}
const started = Date.now();
const abort = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => abort.abort(new Error(name)));
const embedded = await startValidator({ port: 0, programs: [PRELOADED] });
try {
  process.exitCode = await main(tools);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await embedded.stop();
}

async function main({ validator }: SolanaTools): Promise<number> {
  const real = await startRealValidator(validator, { programs: [PRELOADED], signal: abort.signal });
  const targets = [new Target('real', real.url, real.wsUrl), new Target('embedded', embedded.url, embedded.wsUrl)];
  try {
    const behaviour = testBehaviour(real, abort.signal);
    const [a, b] = await Promise.all(targets.map(async (target) => {
      const scene = await prepare(target);
      await signRequests(target, scene);
      return { target, scene };
    }));
    const comparison = new Comparison(a, b);
    for (const cases of [transactionCases(), accountCases(), tokenCases(), historyCases(), blockCases(), clusterCases(), parameterCases()]) {
      await comparison.run(cases);
    }
    for (const [name, body] of Object.entries(BODIES)) await comparison.post(name, body);
    await comparePubSub(comparison);
    const verdict = judge(comparison.differences);
    const tests = await behaviour;
    if (!tests.passed) console.log(tests.output);
    console.log(report(verdict, comparison.requests, (Date.now() - started) / 1000, tests));
    return verdict.unknown.length + verdict.gone.length === 0 && tests.passed ? 0 : 1;
  } finally {
    abort.abort(new Error('the comparison is over'));
    for (const { connection } of targets) closeWebSocket(connection);
    await real.stop();
  }
}
