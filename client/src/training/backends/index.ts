import { TrainingError } from '../errors.js';
import { BEST_FIRST, BackendUnavailable, type Backend, type BackendChoice, type BackendKind, type BackendOptions } from './backend.js';
import { inPrecision } from './bfloat16.js';
import { openNative } from './native.js';
import { openPlain } from './plain.js';
import { openWasm } from './wasm.js';
import { openWebGpu } from './webgpu.js';

export { BEST_FIRST, BackendUnavailable, type Backend, type BackendChoice, type BackendKind, type BackendOptions, type Precision } from './backend.js';
export type { Tensor, Tf } from './tensorflow.js';

const CHOICES: readonly string[] = ['auto', 'cpu', ...BEST_FIRST];

/**
 * Opens the backend that computes gradients. `auto` takes the best that works here, in the order of {@link BEST_FIRST},
 * and says so in one line. Parameters do not depend on the choice, only the speed does (docs/protocol.md, exact arithmetic).
 * @throws BackendUnavailable; TrainingError `BACKEND_UNKNOWN`
 */
export async function openBackend(options: BackendOptions = {}): Promise<Backend> {
  const choice = options.backend === undefined || options.backend === 'auto' ? fromEnvironment() : options.backend;
  const threads = options.threads ?? 1;
  if (choice !== 'auto') return inPrecision(await open(choice, threads, options.hardwareOnly !== true), options.precision);
  const failed: BackendUnavailable[] = [];
  for (const kind of BEST_FIRST) {
    try {
      const backend = inPrecision(await open(kind, threads, false), options.precision);
      options.log?.(explain(backend, failed));
      return backend;
    } catch (error) {
      if (!(error instanceof BackendUnavailable)) throw error;
      failed.push(error);
    }
  }
  throw failed[failed.length - 1];
}

/** Lets tests, services and containers choose without a flag. */
function fromEnvironment(): BackendChoice {
  const choice = process.env.PSYCHE_BACKEND || 'auto';
  if (!CHOICES.includes(choice)) throw new TrainingError('BACKEND_UNKNOWN', `PSYCHE_BACKEND is ${choice}; it may be ${CHOICES.join(', ')}.`);
  return choice as BackendChoice;
}

function open(kind: BackendKind, threads: number, software: boolean): Promise<Backend> {
  switch (kind) {
    case 'wasm': return openWasm(threads);
    case 'webgpu': return openWebGpu(software);
    case 'cpu': return openPlain();
    default: return openNative(kind);
  }
}

/** One line: what was chosen, what stands in the way of a better one, and how to come by it. */
function explain(backend: Backend, failed: readonly BackendUnavailable[]): string {
  const broken = failed.filter((f) => f.installed).map((f) => `; not ${f.kind}: ${f.reason}`);
  const faster = backend.kind === 'wasm' && !failed.some((f) => f.kind === 'node' && f.installed) ? '; `npm run setup:native -- cpu` installs a faster one' : '';
  return `Gradients by ${backend.name} on ${backend.device}, the best that works here${broken.join('')}${faster}`;
}
