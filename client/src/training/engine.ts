import { endianness } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { parameterRoot } from '../protocol/merkle.js';
import { openBackend, type Backend, type BackendChoice } from './backends/index.js';
import { readCheckpoint, writeCheckpoint, type CheckpointNote } from './checkpoint/hugging-face.js';
import { decodeOptimizer, encodeOptimizer } from './checkpoint/optimizer-state.js';
import { CheckpointError, TrainingError } from './errors.js';
import { parseDecimal, toFloat32 } from './exact/fixed-point.js';
import type { RunManifest } from './manifest.js';
import { sample } from './model/generate.js';
import { createModel, type Model } from './model/model.js';
import { addGradient, norm } from './model/gradient.js';
import { initialWeights } from './model/initialize.js';
import { modelLayout, parameterCount, type TensorSpec } from './model/layout.js';
import { largestMicroBatch } from './model/memory.js';
import { createOptimizer, type Optimizer } from './optimizer/optimizer.js';
import type { PayloadContext } from './optimizer/payload.js';

export interface EngineOptions {
  /** Default `auto`: tfjs-node-gpu or tfjs-node where installed, else WebAssembly. */
  backend?: BackendChoice;
  /** Threads of the WebAssembly backend; default 1. */
  threads?: number;
  /** Sequences per forward and backward pass: bounds memory and how long the event loop waits. Default 4. */
  microBatch?: number;
  log?: (line: string) => void;
  signal?: AbortSignal;
}

export interface BatchResult {
  /** Mean nats per token. */
  loss: number;
  tokens: number;
  seconds: number;
}

export interface PayloadResult {
  payload: Uint8Array;
  /** Merkle roots over the residual before and after, for the commitment. */
  stateRootBefore: Uint8Array;
  stateRootAfter: Uint8Array;
}

/**
 * One member's model and optimizer: computes gradients on whatever backend there is, turns them into payloads, and
 * applies accepted payloads exactly. Knows nothing of chain, peers or clock; the round engine calls it.
 */
export class TrainingEngine {
  readonly parameterCount: number;
  /** Size of a plain float32 gradient, for comparison with a payload's. */
  readonly gradientBytes: number;
  /** No payload of this run is longer. */
  readonly maxPayloadBytes: number;
  private readonly layout: readonly TensorSpec[];
  private readonly model: Model;
  private readonly distro: Optimizer;
  private readonly microBatch: number;
  private readonly gradient: Float32Array;
  private parameters: Float32Array;
  private gradientReady = false;
  private residualRoot: Uint8Array | undefined;

  private constructor(readonly manifest: RunManifest, private readonly device: Backend, options: EngineOptions) {
    this.layout = modelLayout(manifest.model);
    this.parameterCount = parameterCount(this.layout);
    this.gradientBytes = 4 * this.parameterCount;
    if (manifest.optimizer.kind !== 'distro') throw new TrainingError('NOT_SUPPORTED', `This client does not know the optimizer ${manifest.optimizer.kind}.`);
    this.distro = createOptimizer(manifest, this.layout);
    this.maxPayloadBytes = this.distro.maxPayloadBytes;
    this.model = createModel(device, manifest.model);
    this.microBatch = largestMicroBatch(manifest.model, options.microBatch ?? 4, this.parameterCount);
    this.parameters = new Float32Array(this.parameterCount);
    this.gradient = new Float32Array(this.parameterCount);
  }

  /** @throws TrainingError `BACKEND_UNAVAILABLE`, `MODEL_TOO_LARGE`, `NOT_SUPPORTED` */
  static async create(manifest: RunManifest, options: EngineOptions = {}): Promise<TrainingEngine> {
    if (endianness() !== 'LE') throw new TrainingError('NOT_SUPPORTED', 'This client runs on little-endian machines only.');
    options.signal?.throwIfAborted();
    const device = await openBackend(options);
    options.signal?.throwIfAborted();
    const engine = new TrainingEngine(manifest, device, options);
    options.log?.(`Gradients by ${device.name}, ${engine.parameterCount} parameters, micro-batches of ${engine.microBatch}`);
    return engine;
  }

  get backend(): string {
    return this.device.name;
  }

  /** Sets the parameters to the run's initial ones, the same bytes on every machine. */
  initialParameters(): void {
    this.parameters = initialWeights(Buffer.from(this.manifest.initialization.seed, 'hex'), this.manifest.model, this.layout);
  }

  /** The canonical serialization: all parameters as float32 little-endian in the layout's order. A copy. */
  serialize(): Uint8Array {
    return new Uint8Array(this.parameters.slice().buffer);
  }

  /** Takes parameters from their canonical serialization; the optimizer stays. @throws CheckpointError */
  load(bytes: Uint8Array): void {
    if (bytes.length !== this.gradientBytes) {
      throw new CheckpointError('CHECKPOINT_MISMATCH', `Parameters of ${bytes.length} bytes do not fit this run's model of ${this.gradientBytes}.`);
    }
    const parameters = new Float32Array(this.parameterCount);
    new Uint8Array(parameters.buffer).set(bytes);
    this.parameters = parameters;
  }

  /** θ's hash: the Merkle root over 256 KiB chunks of the serialization. */
  async parameterHash(): Promise<Uint8Array> {
    return parameterRoot(bytesOf(this.parameters));
  }

  /**
   * Computes the mean gradient of the sequences (contextLength + 1 tokens each) at the parameters as they are now; they
   * may be stepped while this runs. The event loop turns between micro-batches.
   * @throws TrainingError `GRADIENT_NOT_FINITE`, `WASM_HEAP_FULL`
   */
  async train(sequences: readonly Int32Array[], signal?: AbortSignal): Promise<BatchResult> {
    const started = performance.now();
    this.gradientReady = false;
    this.gradient.fill(0);
    const uploaded = this.model.upload(this.parameters);
    let loss = 0;
    try {
      for (let at = 0; at < sequences.length; at += this.microBatch) {
        signal?.throwIfAborted();
        const part = sequences.slice(at, at + this.microBatch);
        const weight = part.length / sequences.length;
        loss += weight * (await addGradient(this.device, this.model, uploaded, part, weight, this.gradient));
        this.device.checkMemory();
        await pause();
      }
    } finally {
      for (const tensor of uploaded) tensor.dispose();
    }
    signal?.throwIfAborted();
    this.clip();
    this.gradientReady = true;
    const tokens = sequences.reduce((n, s) => n + s.length - 1, 0);
    return { loss, tokens, seconds: (performance.now() - started) / 1000 };
  }

  /**
   * Turns the last gradient into this round's payload. What is sent leaves the residual here and now, accepted or not.
   * @throws TrainingError `NO_GRADIENT` without a `train` since the last payload
   */
  makePayload(context: PayloadContext): PayloadResult {
    if (!this.gradientReady) throw new TrainingError('NO_GRADIENT', 'There is no new gradient to send: train first.');
    const stateRootBefore = this.stateRoot();
    const payload = this.distro.contribute(this.gradient, context);
    this.gradientReady = false;
    this.residualRoot = undefined;
    return { payload, stateRootBefore, stateRootAfter: this.stateRoot() };
  }

  /** Whether a payload is a well-formed contribution of that member to that round. @throws PayloadError */
  checkPayload(payload: Uint8Array, context: PayloadContext): void {
    this.distro.check(payload, context);
  }

  /**
   * Takes optimizer step `step` (from 0) with the accepted payloads. An empty list, of an undecided round, changes
   * nothing. All or nothing: a faulty payload leaves the parameters as they were.
   * @throws PayloadError
   */
  apply(payloads: readonly Uint8Array[], step: number): void {
    this.distro.apply(this.parameters, payloads, step);
  }

  /** Mean nats per token over the sequences. */
  async evaluate(sequences: readonly Int32Array[], signal?: AbortSignal): Promise<number> {
    const { tf } = this.device;
    const uploaded = this.model.upload(this.parameters);
    let loss = 0;
    try {
      for (let at = 0; at < sequences.length; at += this.microBatch) {
        signal?.throwIfAborted();
        const part = sequences.slice(at, at + this.microBatch);
        const value = tf.tidy(() => this.model.loss(uploaded, part));
        loss += ((await value.data())[0] * part.length) / sequences.length;
        value.dispose();
        await pause();
      }
    } finally {
      for (const tensor of uploaded) tensor.dispose();
    }
    return loss;
  }

  /** Text that the model writes after `prompt` (which is not repeated); the same for the same seed and parameters. */
  async generate(prompt: string, tokens: number, seed: number, signal?: AbortSignal): Promise<string> {
    const turn = async (): Promise<void> => {
      signal?.throwIfAborted();
      await pause();
    };
    const bytes = await sample(this.device, this.model, this.parameters, Buffer.from(prompt), tokens, seed, turn);
    return Buffer.from(bytes).toString('utf8');
  }

  /** The residual momentum with a hash of it, to be kept for a restart. */
  saveOptimizer(): Uint8Array {
    return encodeOptimizer(this.distro.local[0]);
  }

  /** @throws CheckpointError `OPTIMIZER_DAMAGED`; the optimizer then stays as it was */
  loadOptimizer(bytes: Uint8Array): void {
    decodeOptimizer(bytes, this.distro.local[0]);
    this.residualRoot = undefined;
    this.gradientReady = false;
  }

  /** Forgets the residual, as at the start of an epoch. */
  resetOptimizer(): void {
    this.distro.reset();
    this.residualRoot = undefined;
    this.gradientReady = false;
  }

  /** Writes a Hugging Face folder: config.json and model.safetensors. */
  async writeCheckpoint(folder: string, note: CheckpointNote): Promise<void> {
    await writeCheckpoint(folder, this.manifest.model, this.layout, this.serialize(), note);
  }

  /** Takes the parameters from such a folder. @throws CheckpointError */
  async loadCheckpoint(folder: string): Promise<void> {
    this.load(await readCheckpoint(folder, this.layout));
  }

  /** Frees what the engine holds on the backend. */
  dispose(): void {
    this.model.dispose();
  }

  private stateRoot(): Uint8Array {
    this.residualRoot ??= parameterRoot(bytesOf(this.distro.local[0]));
    return this.residualRoot.slice();
  }

  /** Refuses a gradient that would poison the residual for good, and scales one above the run's limit. */
  private clip(): void {
    const length = norm(this.gradient);
    if (!Number.isFinite(length)) {
      throw new TrainingError('GRADIENT_NOT_FINITE', 'The gradient is not finite. Sit this round out; if it happens again, the run\'s learning rate is too high.');
    }
    const { gradientClip } = this.manifest.optimizer;
    const limit = gradientClip === undefined ? Infinity : toFloat32(parseDecimal(gradientClip)!);
    if (length <= limit) return;
    const scale = limit / length;
    for (let i = 0; i < this.gradient.length; i++) this.gradient[i] *= scale;
  }
}

function bytesOf(numbers: Float32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** Lets sockets and timers have their turn; two turns, since what a socket brings is often handled in the next. */
async function pause(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
