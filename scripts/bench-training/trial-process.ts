import { readFile } from 'node:fs/promises';
import type { Answer, Order } from './queue.js';
import { runTrial } from './trial.js';

/** A child process of the queue: takes one order, answers with its result, and ends. */
process.once('message', (order: Order) => {
  const answer = (message: Answer): void => void process.send!(message);
  run(order, answer)
    .then((result) => answer({ result }))
    .catch((error: unknown) => answer({ failure: error instanceof Error ? error.message : String(error) }))
    .finally(() => process.disconnect());
});
// Without its parent nobody would take the result.
process.on('disconnect', () => process.exit());

async function run({ trial, textPath, backend }: Order, answer: (message: Answer) => void): ReturnType<typeof runTrial> {
  return runTrial(trial, new Uint8Array(await readFile(textPath)), { backend, progress: (progress) => answer({ progress }) });
}
