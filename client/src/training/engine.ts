import { endianness } from 'node:os';
import { concatBytes, floatBytes, sha256 } from '../protocol/bytes.js';
import { openBackend, type Backend, type BackendChoice, type Precision } from './backends/index.js';
import { BatchGradient, turn } from './batch-gradient.js';
import { writeCheckpoint, type CheckpointNote, type WriteOptions } from './checkpoint/hugging-face.js';
import { decodeOptimizer, encodeOptimizer } from './checkpoint/optimizer-state.js';
import { CheckpointError, TrainingError } from './errors.js';
import { parseDecimal, toFloat32 } from './exact/fixed-point.js';
import { estimateRun } from './estimate.js';
import type { Evaluator, Figure } from './evaluation/index.js';
import { HashWorker } from './hashing/index.js';
import type { RunManifest } from './manifest.js';
import { sampleTokens, type SampleOptions } from './model/generate.js';
import { initialWeightsInSteps } from './model/initialize.js';
import { parameterCount } from './model/layout.js';
import { planMemory } from './model/micro-batch.js';
import { createModel, type Model } from './model/model.js';
import { createOptimizer, type Optimizer } from './optimizer/optimizer.js';
import type { PayloadContext } from './optimizer/payload.js';
import { separatorOf } from './tokenizer/separator.js';

/** Whole chunks, and what is copied for the hashing threads in the time of a small kernel. */
const HASHED_AT_ONCE = 2 ** 26;

export interface EngineOptions {
  /** Default `auto`: the best that works here, else WebAssembly. */
  backend?: BackendChoice;
  /** Threads of the WebAssembly backend; default 1. */
  threads?: number;
  /** Of the products of matrices, where the backend has a choice (docs/backends.md). Default `float32`. */
  precision?: Precision;
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
  /** Roots over this member's own optimizer memory before and after the round's work, for the commitment. */
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
  /** Size of the canonical serialization: parameters, and what of the optimizer all members hold alike. */
  readonly stateBytes: number;
  /** No payload of this run is longer. */
  readonly maxPayloadBytes: number;
  private readonly optimizer: Optimizer;
  private readonly gradients: BatchGradient;
  private readonly parameters: Float32Array;
  private readonly hasher = new HashWorker();
  /** What the next payload is made of; gone once it is made. */
  private update: Float32Array | undefined;
  private rootBefore: Uint8Array | undefined;
  private localRoot: Promise<Uint8Array> | undefined;
  /** The step that the member's own memory has come to: it misses none if it works on this one next. */
  private memoryStep: number | undefined;
  /** The step of the work under way. */
  private updateStep = 0;
  private initial: Float32Array | undefined;
  /** Whether the parameters are the run's initial ones, which take a while to make. */
  private atInitial = false;

  private constructor(readonly manifest: RunManifest, private readonly device: Backend, private readonly model: Model, microBatch: number) {
    this.parameterCount = parameterCount(model.layout);
    this.gradientBytes = 4 * this.parameterCount;
    this.optimizer = createOptimizer(manifest, model.layout);
    this.stateBytes = this.gradientBytes + 4 * this.optimizer.shared.length;
    this.maxPayloadBytes = this.optimizer.maxPayloadBytes;
    const { gradientClip } = manifest.optimizer;
    this.gradients = new BatchGradient(device, model, microBatch, gradientClip === undefined ? Infinity : toFloat32(parseDecimal(gradientClip)!));
    this.parameters = new Float32Array(this.parameterCount);
  }

  /** @throws TrainingError `BACKEND_UNAVAILABLE`, `MODEL_TOO_LARGE`, `TOPK_TOO_LARGE`, `NOT_SUPPORTED` */
  static async create(manifest: RunManifest, options: EngineOptions = {}): Promise<TrainingEngine> {
    if (endianness() !== 'LE') throw new TrainingError('NOT_SUPPORTED', 'This client runs on little-endian machines only.');
    options.signal?.throwIfAborted();
    const device = await openBackend(options);
    options.signal?.throwIfAborted();
    const { microBatch, recompute } = planMemory(device, manifest.model, options.microBatch ?? 4, estimateRun(manifest).memoryBytes);
    const model = createModel(device, manifest.model, { separator: separatorOf(manifest), recompute });
    const engine = new TrainingEngine(manifest, device, model, microBatch);
    options.log?.(`${engine.parameterCount} parameters, micro-batches of ${microBatch} on ${device.name}${recompute ? ', activations recomputed' : ''}`);
    return engine;
  }

  get backend(): string {
    return this.device.name;
  }

  /** Names the parameters that the run begins with, where its manifest names a checkpoint. */
  useInitial(parameters: Float32Array): void {
    this.initial = parameters;
    this.atInitial = false;
  }

  /** Sets the parameters to the run's initial ones, the same bytes on every machine, and the shared optimizer to none. */
  async initialParameters(signal?: AbortSignal): Promise<void> {
    if (this.atInitial) return;
    const { initialization, model } = this.manifest;
    if (initialization.kind === 'checkpoint' && this.initial === undefined) {
      throw new TrainingError('CHECKPOINT_NEEDED', `This run starts from ${initialization.location}, which was not loaded.`);
    }
    this.parameters.set(this.initial ?? (await initialWeightsInSteps(Buffer.from(initialization.seed, 'hex'), model, this.model.layout, signal)));
    this.optimizer.shared.fill(0);
    this.atInitial = true;
  }

  /** The canonical serialization: all parameters, then the shared optimizer, float32 little-endian, in the layout's order. A copy. */
  serialize(): Uint8Array {
    const all = new Float32Array(this.stateBytes / 4);
    all.set(this.parameters);
    all.set(this.optimizer.shared, this.parameterCount);
    return new Uint8Array(all.buffer);
  }

  /** Takes what {@link serialize} gave; the member's own optimizer memory stays. @throws CheckpointError */
  load(bytes: Uint8Array): void {
    if (bytes.length !== this.stateBytes) {
      throw new CheckpointError('CHECKPOINT_MISMATCH', `Parameters of ${bytes.length} bytes do not fit this run's model of ${this.stateBytes}.`);
    }
    this.atInitial = false;
    floatBytes(this.parameters).set(bytes.subarray(0, this.gradientBytes));
    floatBytes(this.optimizer.shared).set(bytes.subarray(this.gradientBytes));
  }

  /** θ's hash: the Merkle root over 256 KiB chunks of the serialization. */
  async parameterHash(): Promise<Uint8Array> {
    return this.hasher.root(this.optimizer.shared.length === 0 ? floatBytes(this.parameters) : this.serialize());
  }

  /**
   * The leaf hashes of a serialization of this model, one after the other, computed on the hashing threads: for members
   * that fetch it from this one while this one trains.
   */
  async leafHashes(state: Uint8Array): Promise<Uint8Array> {
    const leaves: Uint8Array[] = [];
    for (let at = 0; at < state.length; at += HASHED_AT_ONCE) leaves.push(await this.hasher.leaves(state.subarray(at, at + HASHED_AT_ONCE)));
    return concatBytes(...leaves);
  }

  /**
   * Works on the sequences (contextLength + 1 tokens each) from the parameters as they are now, which may be stepped
   * while this runs: one mean gradient, or a round's local steps. The event loop turns between micro-batches. Where steps
   * were missed since the last payload, the member's own memory first fades as it would have in rounds without a gradient.
   * @param step the optimizer step of the round, from 0
   * @throws TrainingError `GRADIENT_NOT_FINITE`, `WASM_HEAP_FULL`
   */
  async train(sequences: readonly Int32Array[], step: number, signal?: AbortSignal): Promise<BatchResult> {
    const started = performance.now();
    this.update = undefined;
    this.catchUp(step);
    this.updateStep = step;
    const root = this.stateRoot();
    const { optimizer, gradients } = this;
    const local = optimizer.localStep !== undefined;
    const [rootBefore, loss] = await Promise.all([root, local ? this.trainLocally(sequences, step, signal) : gradients.compute(this.parameters, sequences, signal)]);
    this.rootBefore = rootBefore;
    if (!local) this.update = gradients.gradient;
    const tokens = sequences.reduce((n, s) => n + s.length - 1, 0);
    return { loss, tokens, seconds: (performance.now() - started) / 1000 };
  }

  /** A round's local steps on a copy of θ; the update is how far they went, backwards. */
  private async trainLocally(sequences: readonly Int32Array[], step: number, signal?: AbortSignal): Promise<number> {
    const { optimizer, gradients } = this;
    const update = this.parameters.slice();
    const local = update.slice();
    let loss = 0;
    for (const [part, share] of partsOf(sequences, optimizer.localSteps).entries()) {
      loss += ((await gradients.compute(local, share, signal)) * share.length) / sequences.length;
      // Moments move from here on, whether or not this work is ever sent.
      this.memoryChanged();
      optimizer.localStep!(local, gradients.gradient, step, part);
    }
    for (let i = 0; i < update.length; i++) update[i] -= local[i];
    this.update = update;
    return loss;
  }

  /**
   * Turns the last work into this round's payload. What is sent leaves the residual here and now, accepted or not.
   * @throws TrainingError `NO_GRADIENT` without a `train` since the last payload
   */
  async makePayload(context: PayloadContext): Promise<PayloadResult> {
    const { update, rootBefore } = this;
    if (update === undefined || rootBefore === undefined) throw new TrainingError('NO_GRADIENT', 'There is no new gradient to send: train first.');
    this.update = undefined;
    this.memoryChanged();
    const payload = this.optimizer.contribute(update, context);
    this.memoryStep = this.updateStep + 1;
    return { payload, stateRootBefore: rootBefore.slice(), stateRootAfter: (await this.stateRoot()).slice() };
  }

  /** Whether a payload is a well-formed contribution of that member to that round. @throws PayloadError */
  checkPayload(payload: Uint8Array, context: PayloadContext): void {
    this.optimizer.check(payload, context);
  }

  /**
   * Takes optimizer step `step` (from 0) with the accepted payloads. An empty list, of an undecided round, changes
   * nothing. All or nothing: a faulty payload leaves the parameters as they were.
   * @param capacities of the payloads' members: how they share the batch, and how a mean weighs them
   * @throws PayloadError
   */
  apply(payloads: readonly Uint8Array[], step: number, capacities?: readonly number[]): void {
    if (payloads.length === 0) return;
    this.atInitial = false;
    this.optimizer.apply(this.parameters, payloads, step, capacities);
  }

  /** What an evaluator measures of the parameters as they are now: held-out loss and tasks. @throws EvaluationError */
  evaluateTasks(evaluator: Evaluator, signal?: AbortSignal): Promise<Figure[]> {
    return evaluator.evaluate(this.device, this.model, this.parameters, signal);
  }

  /** Up to `count` tokens that the model writes after `prompt` (not repeated); the same for the same seed and parameters. */
  async generate(prompt: Int32Array, count: number, options: SampleOptions, signal?: AbortSignal): Promise<Int32Array> {
    return sampleTokens(this.device, this.model, this.parameters, prompt, count, options, async () => {
      signal?.throwIfAborted();
      await turn();
    });
  }

  /** This member's own optimizer memory as it is now, with a hash of it, to be kept for a restart. */
  saveOptimizer(): Promise<Uint8Array> {
    return encodeOptimizer(this.optimizer.local);
  }

  /** What {@link loadOptimizer} is to be told with what {@link saveOptimizer} gives; undefined where nothing was contributed. */
  get optimizerStep(): number | undefined {
    return this.memoryStep;
  }

  /**
   * @param step that it had come to, so that what was missed meanwhile is made up for; absent: nothing was
   * @throws CheckpointError `OPTIMIZER_DAMAGED`; the optimizer then stays as it was
   */
  loadOptimizer(bytes: Uint8Array, step?: number): void {
    decodeOptimizer(bytes, this.optimizer.local);
    this.memoryStep = step;
    this.forgetWork();
  }

  /** Forgets the member's own optimizer memory, as at the start of an epoch. */
  resetOptimizer(): void {
    this.optimizer.reset();
    this.memoryStep = undefined;
    this.forgetWork();
  }

  /** Writes a Hugging Face folder: config.json and the parameters as safetensors. */
  async writeCheckpoint(folder: string, note: CheckpointNote, options?: WriteOptions): Promise<void> {
    await writeCheckpoint(folder, this.manifest.model, this.model.layout, floatBytes(this.parameters).slice(), note, options);
  }

  /** Frees what the engine holds on the backend, and ends its threads. */
  async dispose(): Promise<void> {
    this.model.dispose();
    await Promise.all([this.hasher.close(), this.gradients.close()]);
  }

  private catchUp(step: number): void {
    if (this.memoryStep === undefined || step <= this.memoryStep) return;
    this.optimizer.skip(step - this.memoryStep);
    this.memoryStep = step;
    this.memoryChanged();
  }

  private forgetWork(): void {
    this.update = undefined;
    this.memoryChanged();
  }

  private memoryChanged(): void {
    this.localRoot = undefined;
  }

  /**
   * The Merkle root of the one array there is to remember, or the hash of all their roots: as they are now, whatever
   * becomes of them while it is computed.
   */
  private stateRoot(): Promise<Uint8Array> {
    this.localRoot ??= Promise.all(this.optimizer.local.map((array) => this.hasher.root(floatBytes(array)))).then((roots) => (roots.length === 1 ? roots[0] : sha256(...roots)));
    return this.localRoot;
  }
}

/** As many runs of neighbours, as equal as can be; fewer where there are fewer sequences. */
function partsOf<T>(items: readonly T[], count: number): (readonly T[])[] {
  const parts = Math.min(count, items.length);
  return Array.from({ length: parts }, (_, i) => items.slice(Math.floor((i * items.length) / parts), Math.floor(((i + 1) * items.length) / parts)));
}
