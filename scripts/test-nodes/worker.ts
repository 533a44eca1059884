/**
 * One row of `npm run test:nodes`: in this version of Node, on one backend, what the optimizers make of random payloads and
 * what an engine makes of them while its backend computes gradients. Prints one line of JSON.
 */
import { createHash } from 'node:crypto';
import { TrainingEngine, type BackendChoice, type RunManifest } from '../../client/src/training/index.js';
import { kernels, withoutKernels } from '../../client/src/training/kernels/instance.js';
import { modelLayout } from '../../client/src/training/model/layout.js';
import { agreedHash, EXACT_CASES, memberHash, randomContribution } from '../../client/src/training/optimizer/exactness.js';
import { createOptimizer } from '../../client/src/training/optimizer/optimizer.js';
import { encodePayload, type PayloadContext } from '../../client/src/training/optimizer/payload.js';
import { numbers, smallManifest } from '../../client/src/training/testing.js';

export interface Row {
  node: string;
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

const [backend, threads, mode] = process.argv.slice(2) as [BackendChoice, string, 'kernels' | 'plain'];
// A machine without the kernels has only the one row to give: that they are there is the point of the other.
if (mode === 'kernels' && !kernels()) throw new Error('The kernels are not there: npm run build makes them.');

/** With the compression's WebAssembly kernels or, as a machine without them would, with their plain twins. */
const exactly = <T>(work: () => T): T => (mode === 'plain' ? withoutKernels(work) : work());

/** Steps an engine with random payloads of others, each time after it has trained on tokens of its own. */
async function engineHashes(optimizer: RunManifest['optimizer']): Promise<[string, string]> {
  const manifest: RunManifest = { ...smallManifest(), optimizer };
  const { plan } = createOptimizer(manifest, modelLayout(manifest.model));
  const engine = await TrainingEngine.create(manifest, { backend, threads: Number(threads) });
  const sent = createHash('sha256');
  try {
    await engine.initialParameters();
    for (let step = 0; step < STEPS; step++) {
      const next = numbers(50 + step);
      const sequences = Array.from({ length: 4 }, () => Int32Array.from({ length: manifest.model.contextLength + 1 }, () => Math.floor((next() + 1) * 127.9)));
      const context = (index: number): PayloadContext => ({ runHash: new Uint8Array(32), epoch: 0, round: step, index });
      await engine.train(sequences, step);
      sent.update((await exactly(() => engine.makePayload(context(MEMBERS)))).payload);
      const payloads = Array.from({ length: MEMBERS }, (_, i) => exactly(() => encodePayload(plan, context(i), randomContribution(plan, 10 * step + i + 1))));
      exactly(() => engine.apply(payloads, step));
    }
    return [createHash('sha256').update(engine.serialize()).digest('hex'), sent.digest('hex')];
  } finally {
    engine.dispose();
  }
}

const row: Row = { node: process.version, agreed: {}, member: {}, engine: {}, sent: {} };
for (const [name, config] of Object.entries(EXACT_CASES)) {
  row.agreed[name] = exactly(() => agreedHash(config));
  row.member[name] = exactly(() => memberHash(config));
  [row.engine[name], row.sent[name]] = await engineHashes(config);
}
console.log(JSON.stringify(row));
process.exit(0);
