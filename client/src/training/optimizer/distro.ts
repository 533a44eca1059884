import { TrainingError } from '../errors.js';
import { parseDecimal, toFloat32 } from '../exact/fixed-point.js';
import type { DistroConfig } from '../manifest.js';
import type { TensorSpec } from '../model/layout.js';
import { applySigns, type StepFactors } from './apply.js';
import { planCompression, type CompressionPlan } from './chunks.js';
import { extract, type Coefficients } from './compress.js';
import { decodePayload, encodePayload, type PayloadContext } from './payload.js';

/**
 * DisTrO (DeMo, arXiv 2411.19870) as one member runs it: a momentum of its own gradients that is never averaged, of
 * which each round the strongest frequencies are sent and taken out, and the exact step that all members take with what
 * was accepted. Whether a contribution was accepted does not matter to the momentum.
 */
export class Distro {
  /** What has not been sent yet, as DCT coefficients, chunk after chunk: one number per parameter. */
  readonly residual: Float32Array;
  readonly shape: CompressionPlan;
  private readonly decay: number;
  /** Decoded contributions, so that checking a payload and applying it later decode it once. */
  private readonly decoded = new WeakMap<Uint8Array, Coefficients>();

  constructor(settings: DistroConfig, layout: readonly TensorSpec[]) {
    if (!settings.quantize1Bit) {
      throw new TrainingError('NOT_SUPPORTED', 'This client sends signs only: set quantize1Bit to true in the run\'s manifest.');
    }
    const { compressionChunk: chunkSize, compressionTopk: k } = settings;
    this.shape = planCompression(layout, { transform: 'dct', bits: 1, k, chunkSize });
    this.decay = toFloat32(parseDecimal(settings.compressionDecay)!);
    const last = layout[layout.length - 1];
    this.residual = new Float32Array(last.offset + last.size);
  }

  /** Adds a gradient to the decayed residual and moves the round's contribution out of it. */
  contribute(gradient: Float32Array, context: PayloadContext): Uint8Array {
    return encodePayload(this.shape, context, extract(this.residual, gradient, this.decay, this.shape));
  }

  /** @throws PayloadError */
  check(payload: Uint8Array, context: PayloadContext): void {
    this.decoded.set(payload, decodePayload(this.shape, payload, context));
  }

  /** Takes the step; nothing is changed if any payload is faulty. @throws PayloadError */
  apply(parameters: Float32Array, payloads: readonly Uint8Array[], factors: StepFactors): void {
    const contributions = payloads.map((payload) => this.decoded.get(payload) ?? decodePayload(this.shape, payload));
    applySigns(parameters, this.shape, contributions, factors);
  }
}
