import { floatBytes } from '../../client/src/protocol/bytes.js';
import { openBackend, type Backend, type BackendChoice, type Tensor } from '../../client/src/training/backends/index.js';
import { TextData } from '../../client/src/training/data/text-data.js';
import { Scorer } from '../../client/src/training/evaluation/scorer.js';
import { parseDecimal, toFloat32 } from '../../client/src/training/exact/fixed-point.js';
import { addGradient, clipNorm } from '../../client/src/training/model/gradient.js';
import { initialWeights } from '../../client/src/training/model/initialize.js';
import { modelLayout, parameterCount } from '../../client/src/training/model/layout.js';
import { createModel, type Model } from '../../client/src/training/model/model.js';
import { createOptimizer, type Optimizer } from '../../client/src/training/optimizer/optimizer.js';
import { SingleAdamW } from './single-adamw.js';
import { Stopwatch } from './stopwatch.js';
import type { Trial } from './trials.js';

/** Sequences of the held-out text whose loss is followed during a run; the last figure is of all of them. */
const WATCHED = 256;

/** Sequences per forward pass of an evaluation. */
const EVALUATED_AT_ONCE = 64;

export interface TrialResult {
  /** Mean nats per token of the whole held-out text at the end. */
  loss: number;
  /** [local step, loss on a part of the held-out text], for the plot. */
  curve: [number, number][];
  /** Sequences that all workers trained on together. */
  sequences: number;
  /** Payload bytes that a worker sent, in the mean, for each local step. */
  bytesUp: number;
  /** Payload bytes of the other workers, which it received for each local step. */
  bytesDown: number;
  tokens: number;
  /** Wall and CPU seconds of gradients, payloads and applies; evaluation is not counted. */
  seconds: number;
  cpuSeconds: number;
  /** CPU seconds by part. */
  parts: { gradient: number; contribute: number; apply: number; evaluate: number };
  backend: string;
}

export interface TrialOptions {
  backend?: BackendChoice;
  /** Losses measured during the run. Default 12. */
  points?: number;
  /** Called with every payload and, at the end, with the parameters: what a test compares. */
  inspect?: (bytes: Uint8Array) => void;
  progress?: (line: string) => void;
  signal?: AbortSignal;
}

/**
 * Trains one model with `workers` members in this process, through the client's own model, optimizer and codec, with
 * neither chain nor network: every worker's gradient is of its own sequences, becomes its payload, and what all decode
 * from all payloads is the step. Apply is computed once, since all members arrive at the same bytes.
 */
export async function runTrial(trial: Trial, text: Uint8Array, options: TrialOptions = {}): Promise<TrialResult> {
  const backend = await openBackend({ backend: options.backend ?? 'auto' });
  const swarm = new Swarm(trial, text, backend, options);
  try {
    return await swarm.run();
  } finally {
    swarm.dispose();
  }
}

class Swarm {
  private readonly data: TextData;
  private readonly model: Model;
  private readonly parameters: Float32Array;
  /** One for each worker; none where a single worker takes its steps by itself. */
  private readonly optimizers: Optimizer[];
  private readonly single: SingleAdamW | undefined;
  private readonly clock = new Stopwatch(['gradient', 'contribute', 'apply', 'evaluate']);
  private readonly clipAt: number;
  private readonly share: number;
  private bytes = 0;
  private sequence = 0;

  constructor(private readonly trial: Trial, text: Uint8Array, private readonly backend: Backend, private readonly options: TrialOptions) {
    const { manifest, workers, batch } = trial;
    if (batch % workers !== 0) throw new RangeError(`${trial.row}: ${batch} sequences cannot be shared evenly by ${workers} workers`);
    const layout = modelLayout(manifest.model);
    this.data = TextData.ofBytes(manifest, text);
    this.model = createModel(backend, manifest.model);
    this.parameters = initialWeights(Buffer.from(manifest.initialization.seed, 'hex'), manifest.model, layout);
    this.single = workers === 1 ? new SingleAdamW(manifest, layout) : undefined;
    this.optimizers = Array.from({ length: this.single ? 0 : workers }, () => createOptimizer(manifest, layout));
    this.share = batch / workers;
    const { gradientClip } = manifest.optimizer;
    this.clipAt = gradientClip === undefined ? Infinity : toFloat32(parseDecimal(gradientClip)!);
    if (this.parameters.length !== parameterCount(layout)) throw new RangeError('the layout and the initial weights differ');
  }

  async run(): Promise<TrialResult> {
    const { trial, options, clock } = this;
    const localSteps = this.optimizers[0]?.localSteps ?? 1;
    const rounds = trial.steps / localSteps;
    if (!Number.isInteger(rounds)) throw new RangeError(`${trial.row}: ${trial.steps} steps are no whole number of rounds of ${localSteps}`);
    const every = Math.max(1, Math.round(rounds / (options.points ?? 12)));
    const watched = await this.data.heldOut(WATCHED);
    const curve: [number, number][] = [[0, await this.evaluate(watched)]];
    /** Rounds whose payloads wait: with a delay, a round trains on parameters that lack the rounds just before. */
    const waiting: { round: number; payloads: Uint8Array[] }[] = [];
    for (let round = 0; round < rounds; round++) {
      options.signal?.throwIfAborted();
      if (this.single) await this.alone(this.single, round);
      else waiting.push({ round, payloads: await this.round(round) });
      while (waiting.length > trial.delay) {
        const due = waiting.shift()!;
        clock.run('apply', () => this.optimizers[0].apply(this.parameters, due.payloads, due.round));
      }
      if ((round + 1) % every === 0 || round + 1 === rounds) {
        curve.push([(round + 1) * localSteps, await this.evaluate(watched)]);
        options.progress?.(`${trial.row} seed ${trial.seed}: step ${curve.at(-1)![0]} of ${trial.steps}, held-out loss ${curve.at(-1)![1].toFixed(3)}`);
      }
    }
    const loss = await this.evaluate(await this.data.heldOut(Infinity));
    options.inspect?.(floatBytes(this.parameters));
    const up = this.bytes / trial.workers / trial.steps;
    const { wall, cpu } = clock.total(['gradient', 'contribute', 'apply']);
    return {
      loss,
      curve,
      sequences: this.sequence,
      bytesUp: up,
      bytesDown: up * (trial.workers - 1),
      tokens: this.sequence * trial.manifest.model.contextLength,
      seconds: wall,
      cpuSeconds: cpu,
      parts: clock.cpu(),
      backend: this.backend.name,
    };
  }

  dispose(): void {
    this.model.dispose();
  }

  /** A step without anybody to share it with: the gradient as it is. */
  private async alone(optimizer: SingleAdamW, step: number): Promise<void> {
    for await (const { update } of this.gradients()) this.clock.run('apply', () => optimizer.step(this.parameters, update, step));
  }

  /** One round of all workers: their payloads. */
  private async round(round: number): Promise<Uint8Array[]> {
    const payloads: Uint8Array[] = [];
    const updates = this.optimizers[0].localStep ? await this.localRounds(round) : this.gradients();
    for await (const { worker, update } of updates) {
      const context = { runHash: RUN, epoch: 0, round, index: worker };
      const payload = this.clock.run('contribute', () => this.optimizers[worker].contribute(update, context));
      this.bytes += payload.length;
      this.options.inspect?.(payload);
      payloads.push(payload);
    }
    return payloads;
  }

  /** Every worker's mean gradient of its share, at parameters that all have alike and that are uploaded once. */
  private async *gradients(): AsyncGenerator<{ worker: number; update: Float32Array }> {
    const uploaded = this.model.upload(this.parameters);
    try {
      for (let worker = 0; worker < this.trial.workers; worker++) {
        yield { worker, update: await this.gradient(uploaded) };
      }
    } finally {
      for (const tensor of uploaded) tensor.dispose();
    }
  }

  /** Every worker's way on a copy of the parameters: θ before less θ after its local steps. */
  private async *localRounds(round: number): AsyncGenerator<{ worker: number; update: Float32Array }> {
    for (let worker = 0; worker < this.trial.workers; worker++) {
      const optimizer = this.optimizers[worker];
      const own = this.parameters.slice();
      for (let part = 0; part < optimizer.localSteps; part++) {
        const uploaded = this.model.upload(own);
        try {
          const gradient = await this.gradient(uploaded);
          this.clock.run('apply', () => optimizer.localStep!(own, gradient, round, part));
        } finally {
          for (const tensor of uploaded) tensor.dispose();
        }
      }
      for (let i = 0; i < own.length; i++) own[i] = this.parameters[i] - own[i];
      yield { worker, update: own };
    }
  }

  /** The mean gradient of the next sequences, clipped as the run's settings say. */
  private async gradient(uploaded: readonly Tensor[]): Promise<Float32Array> {
    const sequences = await this.data.sequences(this.sequence, this.share);
    this.sequence += this.share;
    const gradient = new Float32Array(this.parameters.length);
    await this.clock.wait('gradient', async () => {
      await addGradient(this.backend, this.model, uploaded, sequences, 1, gradient);
      if (!Number.isFinite(clipNorm(gradient, this.clipAt))) throw new RangeError(`${this.trial.row}: the gradient is not finite; its learning rate is too high`);
    });
    return gradient;
  }

  /** Mean nats per token over the sequences. */
  private async evaluate(sequences: readonly Int32Array[]): Promise<number> {
    return this.clock.wait('evaluate', async () => {
      const scorer = new Scorer(this.backend, this.model, this.parameters, EVALUATED_AT_ONCE);
      try {
        return await scorer.loss(sequences, this.options.signal);
      } finally {
        scorer.dispose();
      }
    });
  }
}

/** Payloads name their run; there is only one here. */
const RUN = new Uint8Array(32);
