import type { RunManifest } from '../manifest.js';
import type { TensorSpec } from '../model/layout.js';
import { AdamW } from './adamw.js';
import type { CompressionPlan } from './chunks.js';
import { Distro } from './distro.js';
import type { PayloadContext } from './payload.js';
import { SparseLoco } from './sparse-loco.js';

/**
 * How a run's members turn their gradients into one step that all of them take alike. What a member sends may depend on
 * its machine; what `apply` makes of a list of payloads does not, nor on the list's order (docs/protocol.md 4).
 */
export interface Optimizer {
  /** What this run's payloads are made of. */
  readonly plan: CompressionPlan;
  /** No payload of this run is longer. */
  readonly maxPayloadBytes: number;
  /** Into how many parts a round's share is cut, with a {@link localStep} after each: H of SparseLoCo, else 1. */
  readonly localSteps: number;
  /** What all members must hold alike beside θ, part of the canonical serialization: AdamW's m ‖ v; else empty. */
  readonly shared: Float32Array;
  /** This member's own memory, saved for a restart and covered by the state roots; its arrays stay the same objects. */
  readonly local: readonly Float32Array[];
  /**
   * Takes a local step on this member's working copy of θ with the gradient there. `step` is the optimizer step of the
   * round (from 0), `part` the local step in it (from 0). Only where {@link localSteps} count.
   */
  localStep?(parameters: Float32Array, gradient: Float32Array, step: number, part: number): void;
  /**
   * Moves this round's contribution out of the local memory and packs it.
   * @param update the gradient; with {@link localStep}: θ as the round began, less the working copy
   */
  contribute(update: Float32Array, context: PayloadContext): Uint8Array;
  /** Whether a payload is a well-formed contribution of that member to that round. @throws PayloadError */
  check(payload: Uint8Array, context: PayloadContext): void;
  /**
   * Takes optimizer step `step` (from 0) with the accepted payloads; none: nothing changes. All or nothing: with a faulty
   * payload, parameters and shared state stay as they were.
   * @param weights of the payloads where a mean is taken, 1 to 8: their members' capacities; absent: all count alike
   * @throws PayloadError
   */
  apply(parameters: Float32Array, payloads: readonly Uint8Array[], step: number, weights?: readonly number[]): void;
  /**
   * What becomes of the local memory over rounds that this member took no part in: what has not been sent decays as in
   * rounds without a gradient, so that one who comes back does not send what is long outdated at full strength.
   * @param rounds from 1
   */
  skip(rounds: number): void;
  /** Forgets the local memory, as at the start of an epoch. */
  reset(): void;
}

/**
 * The optimizer that a run's manifest names.
 * @throws TrainingError `TOPK_TOO_LARGE`, `CHUNK_UNSUPPORTED`, `OPTIMIZER_SETTINGS`
 */
export function createOptimizer({ optimizer, schedule }: Pick<RunManifest, 'optimizer' | 'schedule'>, layout: readonly TensorSpec[]): Optimizer {
  switch (optimizer.kind) {
    case 'distro':
      return new Distro(optimizer, schedule, layout);
    case 'sparseloco':
      return new SparseLoco(optimizer, schedule, layout);
    case 'adamw':
      return new AdamW(optimizer, schedule, layout);
  }
}
