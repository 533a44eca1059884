import type { StateDir } from '../store/state-dir.js';
import type { TrainingEngine } from '../training/index.js';
import type { Context } from './context.js';
import type { Duties } from './duties.js';
import type { EventSink } from './events.js';

/** The least time between two saves in an epoch, milliseconds. */
const LEAST_PAUSE_MS = 60_000;
/** Saving takes no more than one part in so many of the time: a large model's memory is as large as the model. */
const SHARE = 50;

/** Takes up this member's own optimizer memory where the last process left it (protocol 3.1). What cannot be used is told. */
export function restoreResidual(engine: TrainingEngine, store: StateDir, emit: EventSink): void {
  try {
    const saved = store.loadOptimizer();
    if (saved !== undefined) engine.loadOptimizer(saved.bytes, saved.step);
  } catch (error) {
    engine.resetOptimizer();
    emit({ event: 'warning', code: 'OPTIMIZER_STATE', message: `the residual of the last session cannot be used, starting without (${(error as Error).message})` });
  }
}

/** Puts this member's own optimizer memory on disk as it is now. What else there is to do does not depend on it. */
export async function saveResidual({ engine, store, emit }: Pick<Context, 'engine' | 'store' | 'emit'>, signal?: AbortSignal): Promise<void> {
  try {
    const step = engine.optimizerStep;
    await store.saveOptimizer(await engine.saveOptimizer(), step);
  } catch (error) {
    signal?.throwIfAborted();
    emit({ event: 'warning', code: 'OPTIMIZER_STATE', message: `this member's optimizer memory was not saved, a restart begins with an older one or without (${(error as Error).message})` });
  }
}

/**
 * Saves the memory in the middle of an epoch too, so that a crash costs no more than the last minute's contributions to
 * it, or what {@link SHARE} allows of a large model: what had been sent since is sent once more, what had been gathered
 * since is lost. The end of an epoch saves it in any case.
 */
export class ResidualKeeper {
  private savedAt: number;
  private tookMs = 0;
  private savedStep: number | undefined;

  constructor(private readonly now: () => number = () => performance.now()) {
    this.savedAt = now();
  }

  /** Call at every change. */
  keep(context: Context, duties: Duties): void {
    const step = context.engine.optimizerStep;
    const begun = this.now();
    if (step === undefined || step === this.savedStep || begun - this.savedAt < Math.max(LEAST_PAUSE_MS, SHARE * this.tookMs)) return;
    duties.start('residual', `${context.view.epoch}/${step}`, async (signal) => {
      await saveResidual(context, signal);
      this.savedAt = this.now();
      this.tookMs = this.savedAt - begun;
      this.savedStep = step;
    });
  }
}
