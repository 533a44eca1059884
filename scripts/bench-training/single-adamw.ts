import { TrainingError } from '../../client/src/training/errors.js';
import type { RunManifest } from '../../client/src/training/manifest.js';
import { parameterCount, type TensorSpec } from '../../client/src/training/model/layout.js';
import { adamWFactors, adamWStep } from '../../client/src/training/optimizer/adamw-step.js';
import { learningRate } from '../../client/src/training/optimizer/schedule.js';

/** AdamW as a program on one machine has it: no payload, so no gradient rounded to 16 bits either. */
export class SingleAdamW {
  private readonly settings: Extract<RunManifest['optimizer'], { kind: 'adamw' }>;
  private readonly m: Float32Array;
  private readonly v: Float32Array;

  /** @throws TrainingError `NOT_SUPPORTED` for any other optimizer */
  constructor(private readonly manifest: RunManifest, private readonly layout: readonly TensorSpec[]) {
    if (manifest.optimizer.kind !== 'adamw') throw new TrainingError('NOT_SUPPORTED', 'A single worker is compared with AdamW only: give the row more workers.');
    this.settings = manifest.optimizer;
    const count = parameterCount(layout);
    this.m = new Float32Array(count);
    this.v = new Float32Array(count);
  }

  /** Takes step `step`, from 0. */
  step(parameters: Float32Array, gradient: Float32Array, step: number): void {
    adamWStep(parameters, this.m, this.v, gradient, this.layout, adamWFactors(this.settings, learningRate(this.manifest.schedule, step), step + 1));
  }
}
