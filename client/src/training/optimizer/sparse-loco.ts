import { TrainingError } from '../errors.js';
import { parseDecimal, toFloat32 } from '../exact/fixed-point.js';
import { toDouble } from '../exact/power.js';
import type { ScheduleConfig, SparseLocoConfig } from '../manifest.js';
import { parameterCount, type TensorSpec } from '../model/layout.js';
import { adamWFactors, adamWStep, checkAdamW } from './adamw-step.js';
import { meanUpdate } from './aggregate.js';
import { planCompression, type CompressionPlan } from './chunks.js';
import { extract, fade } from './compress.js';
import type { Optimizer } from './optimizer.js';
import { encodePayload, maxPayloadBytes, type PayloadContext } from './payload.js';
import { checkOwn, PayloadReader } from './payload-reader.js';
import { learningRate } from './schedule.js';

/**
 * SparseLoCo (arXiv 2508.15706): each member takes H AdamW steps on a copy of θ, and what they moved it by, its
 * pseudo-gradient Δ, enters an error-feedback buffer `e = β·e + Δ`. Of that, each chunk's k largest numbers are sent at 2 bits;
 * what was not sent, and what the 2 bits got wrong, stays in the buffer. All members step by the mean over all of them,
 * `θ = θ − α·mean`: the buffer stands in for an outer momentum, of which there is none.
 *
 * The local AdamW's moments are this member's own, live on from round to round, and decay matrices only
 * ({@link adamWStep}). Its learning rate is the schedule's, counted in local steps; α is the run's `outerLearningRate`.
 */
export class SparseLoco implements Optimizer {
  readonly localSteps: number;
  readonly shared = new Float32Array(0);
  readonly local: readonly Float32Array[];
  readonly plan: CompressionPlan;
  readonly maxPayloadBytes: number;
  /** What has not been sent yet, chunk after chunk: one number per parameter. */
  private readonly residual: Float32Array;
  private readonly m: Float32Array;
  private readonly v: Float32Array;
  /** Local steps since the last reset, for the bias correction; a float32 so that it is saved as the moments are. */
  private readonly count = new Float32Array(1);
  private readonly payloads: PayloadReader;
  private readonly errorDecay: number;
  private readonly outerRate: number;
  private readonly mean: Float32Array;

  /** @throws TrainingError `CHUNK_UNSUPPORTED`, `OPTIMIZER_SETTINGS` */
  constructor(private readonly settings: SparseLocoConfig, private readonly schedule: ScheduleConfig, private readonly layout: readonly TensorSpec[]) {
    checkAdamW(settings);
    const { compressionChunk: chunkSize, compressionTopk: k } = settings;
    if (!Number.isInteger(settings.localSteps) || settings.localSteps < 1) {
      throw new TrainingError('OPTIMIZER_SETTINGS', 'The run\'s localSteps is not a whole number from 1.');
    }
    this.localSteps = settings.localSteps;
    this.plan = planCompression(layout, { transform: 'none', bits: 2, k, chunkSize });
    this.payloads = new PayloadReader(this.plan);
    this.maxPayloadBytes = maxPayloadBytes(this.plan);
    this.errorDecay = toFloat32(parseDecimal(settings.errorDecay)!);
    this.outerRate = toDouble(parseDecimal(settings.outerLearningRate)!, 48);
    const count = parameterCount(layout);
    this.residual = new Float32Array(count);
    this.m = new Float32Array(count);
    this.v = new Float32Array(count);
    this.mean = new Float32Array(count);
    this.local = [this.residual, this.m, this.v, this.count];
  }

  localStep(parameters: Float32Array, gradient: Float32Array, step: number, part: number): void {
    // Beyond 2^24 a float32 no longer counts; by then there is nothing left to correct.
    this.count[0] = Math.min(this.count[0] + 1, 2 ** 24);
    const rate = learningRate(this.schedule, step, this.localSteps, part);
    adamWStep(parameters, this.m, this.v, gradient, this.layout, adamWFactors(this.settings, rate, this.count[0]));
  }

  /** Adds a pseudo-gradient to the decayed buffer and moves the round's contribution out of it. */
  contribute(update: Float32Array, context: PayloadContext): Uint8Array {
    return encodePayload(this.plan, context, checkOwn(extract(this.residual, update, this.errorDecay, this.plan)));
  }

  check(payload: Uint8Array, context: PayloadContext): void {
    this.payloads.check(payload, context);
  }

  /** `p = f32(p − α·mean)`, the product and the difference in double precision. */
  apply(parameters: Float32Array, payloads: readonly Uint8Array[], _step: number, weights?: readonly number[]): void {
    if (payloads.length === 0) return;
    const { mean, outerRate } = this;
    meanUpdate(this.plan, this.payloads.read(payloads), mean, weights);
    for (let i = 0; i < mean.length; i++) parameters[i] = parameters[i] - outerRate * mean[i];
  }

  /** The inner moments stay: ones that had decayed to nothing would make the next steps too long. */
  skip(rounds: number): void {
    fade(this.residual, this.errorDecay ** rounds);
  }

  reset(): void {
    for (const memory of this.local) memory.fill(0);
  }
}
