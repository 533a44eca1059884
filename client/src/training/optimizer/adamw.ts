import type { AdamwConfig, ScheduleConfig } from '../manifest.js';
import { parameterCount, type TensorSpec } from '../model/layout.js';
import { adamWFactors, adamWStep, checkAdamW } from './adamw-step.js';
import { meanUpdate } from './aggregate.js';
import { planCompression, type CompressionPlan } from './chunks.js';
import { extract } from './compress.js';
import type { Optimizer } from './optimizer.js';
import { encodePayload, maxPayloadBytes, type PayloadContext } from './payload.js';
import { checkOwn, PayloadReader } from './payload-reader.js';
import { learningRate } from './schedule.js';

/**
 * Side of the blocks that share an exponent. A 16-bit number is exact to 2^-15 of its block's largest, so a block is
 * kept small: rows of an embedding differ in size by orders of magnitude, and AdamW divides that away again.
 */
const BLOCK = 16;

/**
 * AdamW (arXiv 1711.05101) on the mean of the members' gradients: plain data parallelism, a run's control, and a choice for
 * members on one network. A payload is the whole gradient at 16 bits a number, rounded to a multiple of its block's
 * power of two; nothing is kept back. The moments are no member's own: all update them alike from the exact mean, and they
 * belong to what the run agrees on.
 *
 * Contributions count by their members' capacity, as the batch was shared out. A mean bounds what one member can do
 * far less than DisTrO's sign does: this is for members that trust each other.
 */
export class AdamW implements Optimizer {
  readonly localSteps = 1;
  /** First moments of all parameters, then second moments. */
  readonly shared: Float32Array;
  readonly local: readonly Float32Array[] = [];
  readonly plan: CompressionPlan;
  readonly maxPayloadBytes: number;
  private readonly payloads: PayloadReader;
  private readonly mean: Float32Array;

  /** @throws TrainingError `OPTIMIZER_SETTINGS` */
  constructor(private readonly settings: AdamwConfig, private readonly schedule: ScheduleConfig, private readonly layout: readonly TensorSpec[]) {
    checkAdamW(settings);
    const k = BLOCK * BLOCK;
    this.plan = planCompression(layout, { transform: 'none', bits: 16, k, chunkSize: BLOCK });
    this.payloads = new PayloadReader(this.plan);
    this.maxPayloadBytes = maxPayloadBytes(this.plan);
    const count = parameterCount(layout);
    this.shared = new Float32Array(2 * count);
    this.mean = new Float32Array(count);
  }

  contribute(gradient: Float32Array, context: PayloadContext): Uint8Array {
    // All is sent, so nothing is left: the scratch of the mean serves as a residual that is forgotten.
    this.mean.fill(0);
    return encodePayload(this.plan, context, checkOwn(extract(this.mean, gradient, 0, this.plan)));
  }

  check(payload: Uint8Array, context: PayloadContext): void {
    this.payloads.check(payload, context);
  }

  apply(parameters: Float32Array, payloads: readonly Uint8Array[], step: number, weights?: readonly number[]): void {
    if (payloads.length === 0) return;
    meanUpdate(this.plan, this.payloads.read(payloads), this.mean, weights);
    const count = this.mean.length;
    const factors = adamWFactors(this.settings, learningRate(this.schedule, step), step + 1);
    adamWStep(parameters, this.shared.subarray(0, count), this.shared.subarray(count), this.mean, this.layout, factors);
  }

  /** There is nothing of this member's own. */
  skip(): void {}

  reset(): void {}
}
