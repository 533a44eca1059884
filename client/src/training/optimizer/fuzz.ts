import { createHash } from 'node:crypto';
import { PayloadError } from '../errors.js';
import type { CompressionPlan } from './chunks.js';
import { decodePayload, encodePayload, HEADER_BYTES, maxPayloadBytes, type PayloadContext } from './payload.js';
import { matrixPlan, randomCoefficients } from './testing.js';

/** What became of the damaged and invented payloads. */
export interface FuzzReport {
  cases: number;
  /** Those that were an encoding of something, by luck or since the damage was none. */
  accepted: number;
  /** How often each PayloadError was given. */
  refused: Map<string, number>;
  /** The slowest case's processor time: a busy machine makes none slower. */
  milliseconds: number;
}

const CONTEXT: PayloadContext = { runHash: new Uint8Array(32).fill(7), epoch: 3, round: 9, index: 255 };

/** Small ones of every kind: signs, levels and values; squares, vectors, odd sides; few, many and all of the coefficients. */
const PLANS: readonly CompressionPlan[] = [
  matrixPlan(48, 40, { chunkSize: 16, k: 3 }),
  matrixPlan(1, 60, { chunkSize: 64, k: 8 }),
  matrixPlan(2, 3, { chunkSize: 3, k: 2 }),
  matrixPlan(64, 64, { k: 4 }),
  matrixPlan(21, 14, { transform: 'none', bits: 2, chunkSize: 7, k: 12 }),
  matrixPlan(32, 16, { transform: 'none', bits: 2, chunkSize: 16, k: 100 }),
  matrixPlan(18, 12, { bits: 16, chunkSize: 6, k: 5 }),
  matrixPlan(4, 10, { transform: 'none', bits: 16, chunkSize: 5, k: 4096 }),
];

/**
 * Decodes `cases` payloads that nobody made: each either decodes to what encodes to the same bytes, or gives a typed
 * error. The same cases for the same seed.
 * @throws whatever else happens
 */
export function fuzzPayloads(cases: number, seed: number): FuzzReport {
  const next = generator(seed);
  const below = (n: number): number => Math.floor(((next() + 1) / 2) * n);
  const originals = PLANS.map((plan) => Array.from({ length: 16 }, (_, i) => encodePayload(plan, CONTEXT, randomCoefficients(plan, next, 1 + (i % 3)))));
  const report: FuzzReport = { cases, accepted: 0, refused: new Map(), milliseconds: 0 };
  for (let run = 0; run < cases; run++) {
    const which = run % PLANS.length;
    const plan = PLANS[which];
    const payload = DAMAGES[below(DAMAGES.length)](originals[which][below(16)].slice(), below, plan);
    const started = process.cpuUsage();
    try {
      const decoded = decodePayload(plan, payload, CONTEXT);
      if (Buffer.compare(encodePayload(plan, CONTEXT, decoded), payload) !== 0) throw new Error(`Two encodings of one contribution: case ${run} of seed ${seed}.`);
      report.accepted++;
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error;
      report.refused.set(error.code, (report.refused.get(error.code) ?? 0) + 1);
    }
    const { user, system } = process.cpuUsage(started);
    report.milliseconds = Math.max(report.milliseconds, (user + system) / 1000);
  }
  return report;
}

type Damage = (payload: Uint8Array, below: (n: number) => number, plan: CompressionPlan) => Uint8Array;

/** With and without a checksum that is right again: a sender can always make one. */
const DAMAGES: readonly Damage[] = [
  (payload) => payload,
  (payload, below) => noise(payload, below, 0, 1 + below(8)),
  (payload, below) => flip(payload, below, 0),
  (payload, below) => payload.slice(0, below(payload.length + 1)),
  (payload, below) => joined(payload, 1 + below(40), below),
  (_payload, below) => joined(new Uint8Array(0), below(300), below),
  (_payload, below, plan) => joined(new Uint8Array(0), maxPayloadBytes(plan) + below(3) - 1, below),
  (payload, below) => sealed(flip(payload, below, 0)),
  (payload, below) => sealed(flip(payload, below, HEADER_BYTES)),
  (payload, below) => sealed(noise(payload, below, HEADER_BYTES, 1 + below(4))),
  (payload, below) => sealed(noise(payload, below, HEADER_BYTES, payload.length)),
  (payload, below) => sealed(payload.slice(0, HEADER_BYTES + below(payload.length - HEADER_BYTES))),
  (payload, below) => sealed(joined(payload, 1 + below(9), below)),
  (payload, below) => sealed(joined(payload, 1 + below(3), () => 0)),
  (payload, below) => sealed(joined(payload.slice(0, HEADER_BYTES), below(payload.length), below)),
  (payload, below) => sealed(joined(payload.slice(0, HEADER_BYTES), below(payload.length), () => [0, 255][below(2)])),
];

function noise(payload: Uint8Array, below: (n: number) => number, from: number, count: number): Uint8Array {
  for (let i = 0; i < count && payload.length > from; i++) payload[from + below(payload.length - from)] = below(256);
  return payload;
}

function flip(payload: Uint8Array, below: (n: number) => number, from: number): Uint8Array {
  if (payload.length > from) payload[from + below(payload.length - from)] ^= 1 << below(8);
  return payload;
}

function joined(payload: Uint8Array, more: number, below: (n: number) => number): Uint8Array {
  return Uint8Array.from({ length: payload.length + more }, (_, i) => (i < payload.length ? payload[i] : below(256)));
}

/** Length and checksum made right. */
function sealed(payload: Uint8Array): Uint8Array {
  if (payload.length < HEADER_BYTES) return payload;
  new DataView(payload.buffer).setUint32(20, payload.length - HEADER_BYTES, true);
  const hash = createHash('sha256').update(payload.subarray(0, HEADER_BYTES - 8)).update(payload.subarray(HEADER_BYTES)).digest();
  payload.set(hash.subarray(0, 8), HEADER_BYTES - 8);
  return payload;
}

/** Numbers in [−1, 1) of a period that a million cases don't exhaust. */
function generator(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}
