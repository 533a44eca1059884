import type { Backend } from '../backends/index.js';
import type { Model } from '../model/model.js';
import type { TextEncoder } from './encode.js';
import { evaluateTask } from './multiple-choice.js';
import { Scorer } from './scorer.js';
import type { Task } from './task.js';

/** Figures that a witness reports with its vote, and bytes of a figure's name there (docs/protocol.md, `witness`). */
export const MAX_FIGURES = 8;
export const TAG_BYTES = 8;

/** What one evaluation measured, in the order it was asked for. */
export interface Figure {
  /** `held_out_loss`, `<task>/acc`, `<task>/acc_norm`. */
  name: string;
  /** The same in {@link TAG_BYTES} bytes of ASCII, no two alike: what a vote's metrics have room for. */
  tag: string;
  value: number;
}

/**
 * Evaluates a model as a run trains it: held-out loss and accuracies, named as dashboards show them. Tasks were read
 * before the run, so that a faulty file is found while somebody is looking.
 */
export class Evaluator {
  constructor(
    private readonly tokenizer: TextEncoder,
    private readonly tasks: readonly Task[],
    /** Sequences that carry their targets; none: no loss. */
    private readonly heldOut: readonly Int32Array[],
  ) {}

  /** At most {@link MAX_FIGURES} figures of these parameters. The event loop turns between micro-batches. */
  async evaluate(backend: Backend, model: Model, parameters: Float32Array, signal?: AbortSignal): Promise<Figure[]> {
    const scorer = new Scorer(backend, model, parameters);
    const figures: Figure[] = [];
    try {
      if (this.heldOut.length > 0) figures.push({ name: 'held_out_loss', tag: 'held_out', value: await scorer.loss(this.heldOut, signal) });
      for (const [i, task] of this.tasks.entries()) {
        if (figures.length + 2 > MAX_FIGURES) break;
        const { acc, accNorm } = await evaluateTask(scorer, this.tokenizer, task, signal);
        const tag = task.name.replaceAll(/[^\x21-\x7e]/g, '_').slice(0, TAG_BYTES - 3);
        figures.push({ name: `${task.name}/acc`, tag: `${tag}.${i}a`, value: acc.value }, { name: `${task.name}/acc_norm`, tag: `${tag}.${i}n`, value: accNorm.value });
      }
    } finally {
      scorer.dispose();
    }
    return figures;
  }
}
