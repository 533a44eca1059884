import { parseDecimal, toFloat32 } from '../exact/fixed-point.js';
import type { DistroConfig, ScheduleConfig } from '../manifest.js';
import { parameterCount, type TensorSpec } from '../model/layout.js';
import { applySigns } from './apply.js';
import { planCompression, type CompressionPlan } from './chunks.js';
import { extract, fade } from './compress.js';
import type { Optimizer } from './optimizer.js';
import { encodePayload, maxPayloadBytes, type PayloadContext } from './payload.js';
import { PayloadReader } from './payload-reader.js';
import { stepFactors } from './schedule.js';

/**
 * DisTrO (DeMo, arXiv 2411.19870) as one member runs it: a momentum of its own gradients that is never averaged, of
 * which each round the strongest frequencies are sent and taken out, and the exact step that all members take with what
 * was accepted. Whether a contribution was accepted does not matter to the momentum.
 *
 * Where it differs from the reference code (bloc97/DeMo), on purpose:
 * - Members' coefficients are summed, where the reference takes the mean over those that sent a position: a frequency
 *   that two members agree on counts twice what one alone found.
 * - Gradients enter the momentum as they are, as in the paper's algorithm; the reference multiplies them by the learning
 *   rate first, which changes nothing while the rate is constant.
 * - The inverse transform is one of integers, and a sum of exactly 0 moves nothing.
 * - Values, where a run sends them, have 16 bits relative to their chunk's largest.
 */
export class Distro implements Optimizer {
  readonly localSteps = 1;
  readonly shared = new Float32Array(0);
  readonly local: readonly Float32Array[];
  readonly plan: CompressionPlan;
  readonly maxPayloadBytes: number;
  /** What has not been sent yet, as DCT coefficients, chunk after chunk: one number per parameter. */
  private readonly residual: Float32Array;
  private readonly decay: number;
  private readonly payloads: PayloadReader;

  /** @throws TrainingError `TOPK_TOO_LARGE`, `CHUNK_UNSUPPORTED` */
  constructor(private readonly settings: DistroConfig, private readonly schedule: ScheduleConfig, layout: readonly TensorSpec[]) {
    const { compressionChunk: chunkSize, compressionTopk: k, quantize1Bit } = settings;
    this.plan = planCompression(layout, { transform: 'dct', bits: quantize1Bit ? 1 : 16, k, chunkSize });
    this.payloads = new PayloadReader(this.plan);
    this.maxPayloadBytes = maxPayloadBytes(this.plan);
    this.decay = toFloat32(parseDecimal(settings.compressionDecay)!);
    this.residual = new Float32Array(parameterCount(layout));
    this.local = [this.residual];
  }

  /** Adds a gradient to the decayed residual and moves the round's contribution out of it. */
  contribute(gradient: Float32Array, context: PayloadContext): Uint8Array {
    return encodePayload(this.plan, context, extract(this.residual, gradient, this.decay, this.plan));
  }

  check(payload: Uint8Array, context: PayloadContext): void {
    this.payloads.check(payload, context);
  }

  apply(parameters: Float32Array, payloads: readonly Uint8Array[], step: number): void {
    if (payloads.length === 0) return;
    const factors = stepFactors({ optimizer: this.settings, schedule: this.schedule }, step);
    applySigns(parameters, this.plan, this.payloads.read(payloads), factors);
  }

  skip(rounds: number): void {
    fade(this.residual, this.decay ** rounds);
  }

  reset(): void {
    this.residual.fill(0);
  }
}
