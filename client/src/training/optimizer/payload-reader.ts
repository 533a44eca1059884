import { PayloadError, TrainingError } from '../errors.js';
import type { CompressionPlan } from './chunks.js';
import type { Coefficients } from './compress.js';
import { decodePayload, type PayloadContext } from './payload.js';

/**
 * Largest exponent in a mean, so that its square and the sum of all steps are still float32 numbers: one member alone
 * could otherwise make a parameter infinite.
 */
export const MOST_MEAN_EXPONENT = 40;

/** Contributions of two rounds of 256 members: what was checked longest ago and never applied is decoded again if it ever is. */
const MOST_KEPT = 512;

/**
 * Reads a run's payloads, each once: what was decoded to be checked is there when it is applied, and gone afterwards.
 * Payloads themselves are kept for an epoch, and what they say takes several times their room.
 */
export class PayloadReader {
  private readonly decoded = new Map<Uint8Array, Coefficients>();

  constructor(private readonly plan: CompressionPlan) {}

  /** How many are decoded and not yet read. */
  get waiting(): number {
    return this.decoded.size;
  }

  /** @throws PayloadError unless the payload is a well-formed contribution of that member to that round */
  check(payload: Uint8Array, context: PayloadContext): void {
    const coefficients = this.decode(payload, context);
    for (const oldest of this.decoded.keys()) {
      if (this.decoded.size < MOST_KEPT) break;
      this.decoded.delete(oldest);
    }
    this.decoded.set(payload, coefficients);
  }

  /** All of them, or none. @throws PayloadError */
  read(payloads: readonly Uint8Array[]): Coefficients[] {
    const contributions = payloads.map((payload) => this.decoded.get(payload) ?? this.decode(payload));
    for (const payload of payloads) this.decoded.delete(payload);
    return contributions;
  }

  private decode(payload: Uint8Array, context?: PayloadContext): Coefficients {
    const coefficients = decodePayload(this.plan, payload, context);
    if (this.plan.transform === 'none' && exceeds(coefficients)) {
      throw new PayloadError('PAYLOAD_VALUE', 'The payload has values beyond what a mean is taken of.');
    }
    return coefficients;
  }
}

/**
 * Refuses to send what all others would refuse to read.
 * @throws TrainingError `UPDATE_TOO_LARGE`
 */
export function checkOwn(coefficients: Coefficients): Coefficients {
  if (exceeds(coefficients)) {
    throw new TrainingError('UPDATE_TOO_LARGE', 'What is to be sent has numbers too large to be averaged. Sit this round out; the run needs a gradientClip.');
  }
  return coefficients;
}

function exceeds({ exponents }: Coefficients): boolean {
  return exponents!.some((e) => e > MOST_MEAN_EXPONENT);
}
