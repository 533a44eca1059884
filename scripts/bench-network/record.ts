import { openRunData } from '../../client/src/cli/common/data-options.js';
import type { RunSettings } from '../../client/src/cli/create-run/settings.js';
import { encodeManifest, TrainingEngine } from '../../client/src/training/index.js';
import { addressed } from './recorded-payload.js';
import { median } from './statistics.js';
import type { Tape } from './tape.js';

/** Steps that are recorded, and sequences in each. */
const PAYLOADS = 4;
const SEQUENCES = 2;
/** Payloads of the longer list that is applied, and how often things are timed. */
const LIST = 8;
const TIMES = 3;

/**
 * Trains a few real steps of a run's model, alone, and keeps the payloads; then times what a client computes in a round
 * besides its gradient. 100 M parameters take a few minutes and 3 GB on one core.
 */
export async function record(settings: RunSettings, log: (line: string) => void, signal: AbortSignal): Promise<Tape> {
  const { manifest } = settings;
  const places = [...settings.paths].map(([name, path]) => `${name}=${path}`);
  const { data } = await openRunData(manifest, { data: places, maxDisk: 0, cacheDir: '' }, { signal });
  // Exact and the same everywhere; what computed the gradients does not show in a payload's size.
  const engine = await TrainingEngine.create(manifest, { backend: 'wasm', microBatch: SEQUENCES, signal });
  try {
    await engine.initialParameters(signal);
    const payloads: Uint8Array[] = [];
    const losses: number[] = [];
    const context = { runHash: new Uint8Array(32), epoch: 0, round: 0, index: 0 };
    for (let step = 0; step < PAYLOADS; step++) {
      const { loss, seconds } = await engine.train(await data.sequences(step * SEQUENCES, SEQUENCES, signal), step, signal);
      const { payload } = await engine.makePayload({ ...context, round: step });
      engine.apply([payload], step);
      payloads.push(payload);
      losses.push(loss);
      log(`recorded step ${step + 1} of ${PAYLOADS}: loss ${loss.toFixed(3)}, ${payload.length} bytes, ${seconds.toFixed(1)} s`);
    }
    const list = Array.from({ length: LIST }, (_, index) => addressed(payloads[index % PAYLOADS], { ...context, index }));
    const [one, many] = [timed(() => engine.apply(list.slice(0, 1), PAYLOADS)), timed(() => engine.apply(list, PAYLOADS))];
    const applyEach = Math.max(0, (many - one) / (LIST - 1));
    return {
      manifest: encodeManifest(manifest),
      parameters: engine.parameterCount,
      backend: engine.backend,
      maxPayloadBytes: engine.maxPayloadBytes,
      payloads,
      losses,
      times: {
        check: timed(() => engine.checkPayload(list[0], { ...context, index: 0 })),
        applyEach,
        applyBase: one - applyEach,
        hash: await timedAsync(() => engine.parameterHash()),
        serialize: timed(() => engine.serialize()),
      },
    };
  } finally {
    await Promise.all([engine.dispose(), data.close()]);
  }
}

/** Milliseconds, the median of several times, after one that does not count. */
function timed(work: () => void): number {
  work();
  return median(
    Array.from({ length: TIMES }, () => {
      const begun = performance.now();
      work();
      return performance.now() - begun;
    }),
  );
}

async function timedAsync(work: () => Promise<unknown>): Promise<number> {
  await work();
  const took: number[] = [];
  for (let i = 0; i < TIMES; i++) {
    const begun = performance.now();
    await work();
    took.push(performance.now() - begun);
  }
  return median(took);
}
