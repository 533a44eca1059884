/**
 * One row of `npm run test:nodes`: in this version of Node, on one backend, what the optimizers make of random payloads and
 * what an engine makes of them while its backend computes gradients. Prints one line of JSON.
 */
import { createHash } from 'node:crypto';
import { TrainingEngine, type BackendChoice, type RunManifest } from '../../client/src/training/index.js';
import { modelLayout } from '../../client/src/training/model/layout.js';
import { agreedHash, EXACT_CASES, memberHash, randomContribution } from '../../client/src/training/optimizer/exactness.js';
import { createOptimizer } from '../../client/src/training/optimizer/optimizer.js';
import { encodePayload, type PayloadContext } from '../../client/src/training/optimizer/payload.js';
import { numbers, smallManifest } from '../../client/src/training/testing.js';

export interface Row {
  node: string;
  backend: string;
  /** θ and shared state after random payloads, per optimizer. */
  agreed: Record<string, string>;
  /** Payloads and memory of a member with given gradients. */
  member: Record<string, string>;
  /** θ and shared state of an engine that trained in between. */
  engine: Record<string, string>;
  /** What that engine would have sent: its gradients, so the same only where the backend is reproducible. */
  sent: Record<string, string>;
}

const MEMBERS = 3;
const STEPS = 2;

/** Steps an engine with random payloads of others, each time after it has trained on tokens of its own. */
async function engineHashes(optimizer: RunManifest['optimizer'], backend: BackendChoice, threads: number): Promise<[string, string]> {
  const manifest: RunManifest = { ...smallManifest(), optimizer };
  const { plan } = createOptimizer(manifest, modelLayout(manifest.model));
  const engine = await TrainingEngine.create(manifest, { backend, threads });
  const sent = createHash('sha256');
  try {
    engine.initialParameters();
    for (let step = 0; step < STEPS; step++) {
      const next = numbers(50 + step);
      const sequences = Array.from({ length: 4 }, () => Int32Array.from({ length: manifest.model.contextLength + 1 }, () => Math.floor((next() + 1) * 127.9)));
      const context = (index: number): PayloadContext => ({ runHash: new Uint8Array(32), epoch: 0, round: step, index });
      await engine.train(sequences, step);
      sent.update((await engine.makePayload(context(MEMBERS))).payload);
      engine.apply(Array.from({ length: MEMBERS }, (_, i) => encodePayload(plan, context(i), randomContribution(plan, 10 * step + i + 1))), step);
    }
    return [createHash('sha256').update(engine.serialize()).digest('hex'), sent.digest('hex')];
  } finally {
    engine.dispose();
  }
}

const backend = process.argv[2] as BackendChoice;
const row: Row = { node: process.version, backend, agreed: {}, member: {}, engine: {}, sent: {} };
for (const [name, config] of Object.entries(EXACT_CASES)) {
  row.agreed[name] = agreedHash(config);
  row.member[name] = memberHash(config);
  [row.engine[name], row.sent[name]] = await engineHashes(config, backend, Number(process.argv[3] ?? 1));
}
console.log(JSON.stringify(row));
process.exit(0);
