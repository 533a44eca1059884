import { createHash } from 'node:crypto';
import { runTrial } from './trial.js';
import type { Trial } from './trials.js';

/** The manifest's model and budget for a run of milliseconds that goes through all of a row's code. */
const SMALL = { architecture: 'gpt2', vocabSize: 256, contextLength: 8, layers: 1, heads: 2, width: 16 } as const;

/**
 * What the code makes of a row's optimizer, as a hash: of the payloads and parameters of a very small run on the
 * reproducible backend. A change of the code that changes no number leaves it as it was; so does another machine.
 */
export async function codeMark(trial: Trial, text: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  await runTrial(shrunk(trial), text.subarray(0, 4000), { backend: 'wasm', points: 1, inspect: (bytes) => hash.update(bytes) });
  return hash.digest('hex');
}

/** Settings and code of a trial: runs with equal fingerprints had equal conditions. */
export function fingerprint(trial: Trial, code: string): string {
  return createHash('sha256').update(JSON.stringify(trial)).update(code).digest('hex').slice(0, 16);
}

/** The same trial with three rounds of a model of some 6,000 parameters. */
export function shrunk(trial: Trial): Trial {
  const { optimizer } = trial.manifest;
  const localSteps = optimizer.kind === 'sparseloco' ? 2 : 1;
  return {
    ...trial,
    batch: trial.workers,
    steps: 3 * localSteps,
    manifest: {
      ...trial.manifest,
      model: SMALL,
      optimizer: optimizer.kind === 'sparseloco' ? { ...optimizer, localSteps } : optimizer,
      schedule: { ...trial.manifest.schedule, warmupSteps: 1, totalSteps: 3 },
    },
  };
}
