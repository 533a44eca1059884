import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { concatBytes, sha256 } from '../../client/src/protocol/bytes.js';
import { chunkLeaves, parameterRoot } from '../../client/src/protocol/merkle.js';
import type { RoundEngine } from '../../client/src/round/context.js';
import { CheckpointError, type PayloadContext, PayloadError, TrainingError } from '../../client/src/training/index.js';
import { encodeHeader } from '../../client/src/training/checkpoint/safetensors.js';
import { addressed, isAddressedTo } from './recorded-payload.js';
import { pick, type Tape } from './tape.js';
import { occupy, pretend, timeOf, type TrainingTimes } from './training-time.js';

/** Bytes of what stands for the parameters. */
const STATE_BYTES = 4096;

/**
 * A client of a model of which several do not fit one machine, as the network sees it. Nothing is computed: payloads come
 * off the tape, and all arithmetic between them holds the client up for as long as it took a real engine that was alone on
 * the machine, without using the processor. So each of many clients behaves as if it had a machine of its own.
 *
 * The parameters are a chain of hashes over what was applied: members that applied the same agree, others do not.
 */
export class ReplayedEngine implements RoundEngine {
  readonly backend = 'recorded';
  readonly parameterCount: number;
  readonly gradientBytes = STATE_BYTES;
  readonly stateBytes = STATE_BYTES;
  readonly maxPayloadBytes: number;
  readonly optimizerStep = undefined;
  private state = new Uint8Array(STATE_BYTES);
  private step = 0;

  constructor(readonly manifest: RoundEngine['manifest'], private readonly tape: Tape, private readonly times: TrainingTimes) {
    this.parameterCount = tape.parameters;
    this.maxPayloadBytes = tape.maxPayloadBytes;
  }

  useInitial(): void {}

  async initialParameters(): Promise<void> {
    this.state.fill(0);
  }

  serialize(): Uint8Array {
    occupy(this.tape.times.serialize);
    return this.state.slice();
  }

  load(bytes: Uint8Array): void {
    if (bytes.length !== STATE_BYTES) throw new CheckpointError('CHECKPOINT_MISMATCH', `${bytes.length} bytes are no recorded state.`);
    this.state = bytes.slice();
  }

  async parameterHash(): Promise<Uint8Array> {
    const state = this.state.slice();
    await pretend(this.tape.times.hash);
    return parameterRoot(state);
  }

  async leafHashes(state: Uint8Array): Promise<Uint8Array> {
    return concatBytes(...chunkLeaves(state));
  }

  async train(sequences: readonly Int32Array[], step: number, signal?: AbortSignal): ReturnType<RoundEngine['train']> {
    this.step = step;
    const tokens = sequences.reduce((n, s) => n + s.length - 1, 0);
    return { loss: this.tape.losses[step % this.tape.losses.length], tokens, seconds: await pretend(timeOf(this.times, step), signal) };
  }

  async makePayload(context: PayloadContext): ReturnType<RoundEngine['makePayload']> {
    const payload = addressed(this.tape.payloads[pick(this.tape, this.step, context.index)], context);
    return { payload, stateRootBefore: sha256(this.state), stateRootAfter: sha256(this.state) };
  }

  checkPayload(payload: Uint8Array, context: PayloadContext): void {
    if (!isAddressedTo(payload, context)) throw new PayloadError('PAYLOAD_CONTEXT', 'The payload is for another run, epoch, round or member.');
    occupy(this.tape.times.check);
  }

  apply(payloads: readonly Uint8Array[], step: number): void {
    if (payloads.length === 0) return;
    const { applyBase, applyEach } = this.tape.times;
    occupy(applyBase + applyEach * payloads.length);
    const next = sha256(this.state, Uint8Array.of(step & 255, (step >> 8) & 255), ...payloads.map((p) => sha256(p)));
    for (let at = 0; at < STATE_BYTES; at += next.length) this.state.set(next, at);
  }

  async evaluateTasks(): Promise<never> {
    throw new TrainingError('NOT_SUPPORTED', 'A recorded engine has no model to evaluate: ask for no evaluation.');
  }

  async generate(): Promise<Int32Array> {
    return new Int32Array(0);
  }

  async saveOptimizer(): Promise<Uint8Array> {
    return new Uint8Array(0);
  }

  loadOptimizer(): void {}

  resetOptimizer(): void {}

  /** A folder like any checkpoint's, with the recorded state for a tensor. */
  async writeCheckpoint(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    const header = encodeHeader([{ name: 'recorded', shape: [STATE_BYTES / 4], offset: 0, bytes: STATE_BYTES }], { format: 'pt' });
    await writeFile(join(folder, 'model.safetensors'), concatBytes(header, this.state));
  }

  async dispose(): Promise<void> {}
}
