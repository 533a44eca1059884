import { randomBytes } from 'node:crypto';
import type { InitializationManifest, OptimizerConfig, ScheduleConfig } from '../../training/manifest.js';
import type { TomlFields } from './toml-fields.js';

/** `[initialization]` @throws PsycheError `BAD_SETTINGS` */
export function initializationOf(t: TomlFields): InitializationManifest {
  const given = t.text('seed', /^(random|[0-9a-f]{64})$/, '"random" or 32 bytes in lower-case hex', 'random');
  const seed = given === 'random' ? randomBytes(32).toString('hex') : given;
  if (!t.has('checkpoint')) return { kind: 'seeded', seed };
  return {
    kind: 'checkpoint',
    seed,
    location: t.text('checkpoint', /^(https|hf):\/\/.{1,250}$/, 'https://… or hf://owner/name@revision of a Hugging Face folder'),
    root: t.text('root', /^[0-9a-f]{64}$/, "its parameters' hash in hex, as `psyche-client checkpoint verify` prints it"),
  };
}

/** `[optimizer]` @throws PsycheError `BAD_SETTINGS` */
export function optimizerOf(t: TomlFields): OptimizerConfig {
  const kind = t.choice('kind', ['distro', 'sparseloco', 'adamw'], 'distro');
  if (kind === 'adamw') return { kind, ...adamOf(t) };
  const chunks = (side: number | undefined) => ({
    compressionTopk: t.whole('compression_topk', 1, 65_535, 'coefficients per chunk'),
    compressionChunk: t.whole('compression_chunk', 1, 256, 'parameters a side', side),
  });
  if (kind === 'distro') {
    return {
      kind,
      compressionDecay: t.decimal('compression_decay'),
      ...chunks(undefined),
      weightDecay: t.decimal('weight_decay', '0'),
      quantize1Bit: t.flag('quantize_1bit', true),
      ...clipOf(t),
    };
  }
  return {
    kind,
    localSteps: t.whole('local_steps', 1, 1000, 'AdamW steps per round'),
    outerLearningRate: t.decimal('outer_learning_rate', '1'),
    errorDecay: t.decimal('error_decay', '0.95'),
    ...chunks(64),
    ...adamOf(t),
  };
}

function adamOf(t: TomlFields) {
  return {
    beta1: t.decimal('beta1', '0.9'),
    beta2: t.decimal('beta2', '0.95'),
    epsilon: t.decimal('epsilon', '0.00000001'),
    weightDecay: t.decimal('weight_decay', '0.1'),
    ...clipOf(t),
  };
}

function clipOf(t: TomlFields): { gradientClip?: string } {
  return t.has('gradient_clip') ? { gradientClip: t.decimal('gradient_clip') } : {};
}

/** `[schedule]`. @param runSteps its length unless said otherwise @throws PsycheError `BAD_SETTINGS` */
export function scheduleOf(t: TomlFields, runSteps: number): ScheduleConfig {
  const kind = t.choice('kind', ['constant', 'linear', 'cosine', 'wsd'], 'constant');
  const baseLearningRate = t.decimal('base_learning_rate');
  const totalSteps = t.whole('total_steps', 1, 2 ** 31, 'steps', Math.min(runSteps, 2 ** 31));
  return {
    kind,
    baseLearningRate,
    warmupSteps: t.whole('warmup_steps', 0, 2 ** 31, 'steps', 0),
    totalSteps,
    finalLearningRate: t.decimal('final_learning_rate', kind === 'constant' ? baseLearningRate : tenth(baseLearningRate)),
    ...(kind === 'wsd' ? { decaySteps: t.whole('decay_steps', 1, totalSteps, 'steps at the end') } : {}),
  };
}

/** A tenth of a decimal, exactly: `0.002` → `0.0002`. */
function tenth(decimal: string): string {
  const [whole, fraction = ''] = decimal.split('.');
  const digits = whole.padStart(2, '0') + fraction;
  const point = digits.length - fraction.length - 1;
  return `${digits.slice(0, point)}.${digits.slice(point)}`.replace(/^0+(?=\d)/, '');
}
