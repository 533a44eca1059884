import { sha256 } from '../../client/src/protocol/bytes.js';
import type { RoundEngine } from '../../client/src/round/context.js';
import { addressed } from './recorded-payload.js';
import { pick, type Tape } from './tape.js';
import { pretend, timeOf, type TrainingTimes } from './training-time.js';

/** What is said of the optimizer's memory where there is none. */
const NO_STATE = sha256(new TextEncoder().encode('recorded'));

/**
 * A real engine whose gradients are recorded ones: training takes the time that it is told, and gives a payload off the
 * tape. It checks the others' payloads, applies them, and hashes and keeps its parameters as ever.
 */
export function recordedEngine(real: RoundEngine, tape: Tape, times: TrainingTimes): RoundEngine {
  let step = 0;
  // What is not named here is the real engine's, its state included.
  return Object.assign(Object.create(real) as RoundEngine, {
    train: async (sequences: readonly Int32Array[], at: number, signal?: AbortSignal) => {
      step = at;
      return { loss: tape.losses[at % tape.losses.length], tokens: tokensOf(sequences), seconds: await pretend(timeOf(times, at), signal) };
    },
    makePayload: async (context: Parameters<RoundEngine['makePayload']>[0]) => {
      const payload = addressed(tape.payloads[pick(tape, step, context.index)], context);
      return { payload, stateRootBefore: NO_STATE.slice(), stateRootAfter: NO_STATE.slice() };
    },
  } satisfies Pick<RoundEngine, 'train' | 'makePayload'>);
}

const tokensOf = (sequences: readonly Int32Array[]): number => sequences.reduce((n, s) => n + s.length - 1, 0);
