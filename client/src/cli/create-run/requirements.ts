import { PsycheError } from '../../errors.js';
import { bytes, count } from '../../observe/format.js';
import { MAX_MODEL_BYTES, MAX_PAYLOAD_BYTES } from '../../p2p/index.js';
import { estimateRun, type RunEstimate } from '../../training/estimate.js';
import type { RunManifest } from '../../training/manifest.js';
import type { RunSettings } from './settings.js';

/** Signature fee of a transaction, lamports. */
const FEE = 5000n;

/** Largest heap of WebAssembly: above it only a native backend can hold the model. */
const WASM_BYTES = 4 * 2 ** 30;

/** What a run takes of its members, for `--dry-run`. */
export interface Requirements extends RunEstimate {
  /** Members that the figures are for: as few as the first epoch may begin with. */
  trainers: number;
  /** Trained in all steps. */
  tokens: number;
  /** Bytes that each member sends at least once, and receives, in a round. */
  upPerRound: number;
  downPerRound: number;
  /** Rate that brings the others' payloads within the time a round may take, bits per second. */
  downBitsPerSecond: number;
  /** Network fees of all members together over the whole run, lamports: votes, ticks and seeds. */
  feeLamports: bigint;
}

export function requirementsOf({ config, manifest }: RunSettings): Requirements {
  const estimate = estimateRun(manifest);
  const trainers = config.initMinClients;
  const witnesses = config.witnessNodes === 0 ? Math.min(trainers, 32) : Math.min(config.witnessNodes, trainers);
  const downPerRound = (trainers - 1) * estimate.payloadBytes;
  return {
    ...estimate,
    trainers,
    tokens: tokensOf(config),
    upPerRound: estimate.payloadBytes,
    downPerRound,
    downBitsPerSecond: (8 * downPerRound) / config.maxRoundTrainTime,
    // A round's seed is pinned once and it is ticked along twice, by whoever is first.
    feeLamports: BigInt(config.totalSteps) * BigInt(witnesses + 3) * FEE,
  };
}

/** Sequences grow from the first batch size to the last while the first tokens are trained (docs/protocol.md, config). */
function tokensOf(config: RunSettings['config']): number {
  const { globalBatchSizeStart: from, globalBatchSizeEnd: to, sequenceLength, totalSteps } = config;
  const warmup = Number(config.globalBatchSizeWarmupTokens);
  const rampSteps = Math.min(totalSteps, warmup / (((from + to) / 2) * sequenceLength));
  return (rampSteps * (from + to) * sequenceLength) / 2 + (totalSteps - rampSteps) * to * sequenceLength;
}

export function requirementLines(r: Requirements): string[] {
  const lines = [
    `model: ${count(r.parameters)} parameters; ${r.tokens.toExponential(2)} tokens, ${(r.tokens * r.flopsPerToken).toExponential(2)} floating-point operations in all`,
    `each member: ${bytes(r.memoryBytes)} of memory, ${bytes(r.deviceBytes)} on its device besides activations, ${bytes(2 * r.stateBytes)} of disk for parameters`,
    `each round, with ${r.trainers} members: ${bytes(r.upPerRound)} up to each that asks, ${bytes(r.downPerRound)} down (${rate(r.downBitsPerSecond)} in the longest round); the whole gradient would be ${bytes(r.gradientBytes)}`,
  ];
  if (r.deviceBytes > WASM_BYTES) lines.push('no WebAssembly heap (4 GiB) holds this model: members need a native backend whose device does');
  return [...lines, ...limitsExceeded(r)];
}

/** What this version cannot do for a run of that size, a sentence each. */
export function limitsExceeded(r: Pick<RunEstimate, 'stateBytes' | 'payloadBytes'>): string[] {
  const found: string[] = [];
  if (r.stateBytes > MAX_MODEL_BYTES) {
    found.push(`this version's clients hand each other models of up to ${bytes(MAX_MODEL_BYTES)} (with AdamW: and its moments), not ${bytes(r.stateBytes)}: such a run can be described, but not yet trained`);
  }
  if (r.payloadBytes > MAX_PAYLOAD_BYTES) {
    found.push(`payloads are limited to ${bytes(MAX_PAYLOAD_BYTES)}, not ${bytes(r.payloadBytes)}: choose the optimizer "distro" or "sparseloco", or a smaller compression_topk`);
  }
  return found;
}

/** @throws PsycheError `RUN_TOO_LARGE` */
export function checkLimits(manifest: RunManifest): void {
  const [limit] = limitsExceeded(estimateRun(manifest));
  if (limit !== undefined) throw new PsycheError('RUN_TOO_LARGE', `The run is too large: ${limit}.`);
}

function rate(bitsPerSecond: number): string {
  return bitsPerSecond >= 1e6 ? `${(bitsPerSecond / 1e6).toPrecision(3)} Mbit/s` : `${(bitsPerSecond / 1e3).toPrecision(3)} kbit/s`;
}
