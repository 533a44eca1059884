import type { AdamwConfig, DistroConfig, OptimizerConfig, ScheduleConfig, SparseLocoConfig } from '../../client/src/training/manifest.js';

export type Family = 'adamw' | 'distro-values' | 'distro-1bit' | 'sparseloco';

/** One row of the table: an optimizer's settings, without budget and seed. */
export interface Row {
  id: string;
  label: string;
  family: Family;
  workers: number;
  delay: number;
  optimizer: OptimizerConfig;
  schedule: Pick<ScheduleConfig, 'kind' | 'baseLearningRate' | 'finalLearningRate'>;
  /** A budget of its own, for the row that repeats a published recipe. */
  budget?: Budget;
}

/** What every row may use: sequences of all workers in one local step, and local steps. */
export interface Budget {
  batch: number;
  steps: number;
  /** Local steps in which the rate rises. */
  warmup: number;
}

/** The text's own size of model: nanoGPT's recipe for CPUs (karpathy/nanoGPT, README, "I only have a macbook"). */
export const MODEL = { architecture: 'gpt2', vocabSize: 256, contextLength: 64, layers: 4, heads: 4, width: 128 } as const;

/** The last tenth is held out, as nanoGPT's `prepare.py` has it. */
export const HELD_OUT_PERMILLE = 100;

/** nanoGPT's recipe: 12 sequences, 2,000 steps, 1e-3 to 1e-4 by a cosine after 100 steps. */
export const RECIPE: Budget = { batch: 12, steps: 2000, warmup: 100 };

/** The recipe's, but for a hundredth of its steps: whole rounds of 15 and of 30 local steps, so that SparseLoCo's are complete. */
export const BUDGET: Budget = { ...RECIPE, steps: 1980 };

/** A first look: every loss is still far from where it would end. */
export const QUICK: Budget = { batch: 24, steps: 60, warmup: 15 };

/** The row that the others are compared with. */
export const CONTROL = 'adamw-4';

/** The row that shows the model and the data are those of the published recipe. */
export const RECIPE_ROW = 'adamw-recipe';

const ADAM = { beta1: '0.9', beta2: '0.99', epsilon: '0.00000001', weightDecay: '0.1', gradientClip: '1' } as const;
const ADAMW: AdamwConfig = { kind: 'adamw', ...ADAM };
const ADAMW_SCHEDULE = { kind: 'cosine', baseLearningRate: '0.003', finalLearningRate: '0.0003' } as const;
const RECIPE_SCHEDULE = { kind: 'cosine', baseLearningRate: '0.001', finalLearningRate: '0.0001' } as const;

function distro(k: number, quantize1Bit: boolean, delay = 0): Row {
  // The clip is below every gradient's norm: all gradients enter the momentum with the same norm, else those of the first
  // steps, many times as large, fill it long after they have become useless.
  const optimizer: DistroConfig = { kind: 'distro', compressionDecay: '0.98', compressionTopk: k, compressionChunk: 64, weightDecay: '0', quantize1Bit, gradientClip: '0.1' };
  return {
    id: `distro-${k}-${quantize1Bit ? '1bit' : 'values'}${delay > 0 ? '-delayed' : ''}`,
    label: `DisTrO ×4, k = ${k}, ${quantize1Bit ? '1 bit' : 'values'}${delay > 0 ? ', one round late' : ''}`,
    family: quantize1Bit ? 'distro-1bit' : 'distro-values',
    workers: 4,
    delay,
    optimizer,
    schedule: { kind: 'cosine', baseLearningRate: '0.002', finalLearningRate: '0' },
  };
}

function sparseLoco(localSteps: number, percent: number): Row {
  const optimizer: SparseLocoConfig = {
    kind: 'sparseloco', localSteps, outerLearningRate: '2', errorDecay: '0.95', compressionTopk: Math.round((64 * 64 * percent) / 100), compressionChunk: 64, ...ADAM,
  };
  return {
    id: `sparseloco-${localSteps}-${percent}`,
    label: `SparseLoCo ×4, H = ${localSteps}, ${percent} %`,
    family: 'sparseloco',
    workers: 4,
    delay: 0,
    optimizer,
    schedule: ADAMW_SCHEDULE,
  };
}

/** The table's rows in its order. */
export const ROWS: readonly Row[] = [
  { id: RECIPE_ROW, label: 'AdamW, nanoGPT\'s recipe', family: 'adamw', workers: 1, delay: 0, optimizer: ADAMW, schedule: RECIPE_SCHEDULE, budget: RECIPE },
  { id: 'adamw-1', label: 'AdamW, one worker', family: 'adamw', workers: 1, delay: 0, optimizer: ADAMW, schedule: ADAMW_SCHEDULE },
  { id: CONTROL, label: 'AdamW ×4, data parallel', family: 'adamw', workers: 4, delay: 0, optimizer: ADAMW, schedule: ADAMW_SCHEDULE },
  ...[32, 8, 4].map((k) => distro(k, false)),
  ...[32, 8, 4].map((k) => distro(k, true)),
  distro(8, true, 1),
  sparseLoco(15, 3),
  sparseLoco(15, 1),
  sparseLoco(30, 3),
];

/** The rows of the first look. */
export const QUICK_ROWS: readonly string[] = ['adamw-1', CONTROL, 'distro-32-values', 'distro-8-1bit', 'distro-4-1bit', 'sparseloco-15-3'];

/**
 * The rows with some settings replaced, to try others: `optimizer.compressionDecay=0.98`, `schedule.baseLearningRate=0.003`.
 * A row without such a setting stays as it is.
 * @throws RangeError where no row has it, or the value is of another kind
 */
export function withSettings(rows: readonly Row[], changes: readonly string[]): Row[] {
  return changes.reduce<Row[]>((now, change) => {
    const [, part, key, value] = /^(optimizer|schedule)\.(\w+)=(.+)$/.exec(change) ?? [];
    if (!part || !now.some((row) => key in row[part as 'optimizer'])) throw new RangeError(`${change} names no setting of these rows: use optimizer.<name>=<value> or schedule.<name>=<value>.`);
    return now.map((row) => {
      const settings = row[part as 'optimizer'] as unknown as Record<string, string | number | boolean>;
      if (!(key in settings)) return row;
      const kind = typeof settings[key];
      const read = kind === 'string' ? value : (JSON.parse(/^(\d+|true|false)$/.test(value) ? value : 'null') as number | boolean);
      if (typeof read !== kind) throw new RangeError(`${change}: ${key} is a ${kind}.`);
      return { ...row, [part]: { ...settings, [key]: read } };
    });
  }, [...rows]);
}
