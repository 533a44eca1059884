// Checks the JSON object of a demo run, given as a file, and says in one line what it was: used by CI.
import { readFileSync } from 'node:fs';
import { problems, type DevResult } from './dev-result.js';

const [file, clients = '3', seconds] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: check-dev-result.ts FILE [CLIENTS [SECONDS]]');
  process.exit(2);
}
const result = JSON.parse(readFileSync(file, 'utf8')) as DevResult;
const found = problems(result, { clients: Number(clients), seconds: seconds === undefined ? undefined : Number(seconds) });
for (const problem of found) console.error(`✗ ${problem}`);
if (found.length > 0) process.exit(1);
console.log(
  `${result.clients.length} clients, ${result.epochs} epochs, ${result.steps} steps in ${Math.round(result.seconds)} s, ` +
    `held-out loss ${result.lossFirst.toFixed(3)} -> ${result.lossLast.toFixed(3)} (entropy ${result.unigramEntropy.toFixed(3)}), ` +
    `${result.pointsAwarded} points, all paid`,
);
