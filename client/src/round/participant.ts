import { setMaxListeners } from 'node:events';
import { PsycheError } from '../errors.js';
import { toHex } from '../protocol/bytes.js';
import { hasBit, inEpoch, isTraining, type RunView } from '../protocol/run-view.js';
import { CLIENT_VERSION, wrongVersion } from '../version.js';
import { askForMissed } from './asking.js';
import { keepCheckpoint, STORE_DUTY } from './checkpointing.js';
import { Collector } from './collecting.js';
import { type Context, myself, roundRecord } from './context.js';
import { convictEquivocators } from './convicting.js';
import { coolDown } from './cooling.js';
import { Duties } from './duties.js';
import { Follower } from './following.js';
import { type JoinTerms, keepMembership } from './membership.js';
import { ModelAhead } from './obtaining.js';
import { keepPace } from './pacing.js';
import { keepPeers } from './peers.js';
import { evaluate, finish, refreshSettled, reportPoints, reportStats } from './reporting.js';
import { ResidualKeeper } from './residual.js';
import { resume, wasHereBefore } from './resuming.js';
import { watchSlots } from './slot-watch.js';
import { RoundTrainer } from './training.js';
import { warmUp } from './warming.js';
import { RoundWitness } from './witnessing.js';

/** How often figures are reported, milliseconds. */
const STATS_MS = 1_000;

export interface ParticipantOptions extends JoinTerms {
  /** End when the run pauses, not only when it finishes. */
  exitOnPause: boolean;
  /** Tokens to let the model write at the end; 0: none. */
  sampleTokens: number;
  /** Held-out sequences per evaluation; 0: none. */
  evaluationSequences: number;
}

/**
 * One client's life in a run: looks at the run's state whenever something changes (the chain, a message, a slot) and
 * starts what is due. It knows no order of things but the chain's, so it can come, fail and come back at any moment.
 */
export class Participant {
  private readonly stop = new AbortController();
  private readonly duties: Duties;
  private readonly collector: Collector;
  private readonly follower: Follower;
  private readonly trainer: RoundTrainer;
  private readonly witness: RoundWitness;
  private readonly ahead = new ModelAhead();
  private readonly residual = new ResidualKeeper();
  private readonly signal: AbortSignal;
  private shown = '';
  private droppedIn: number | undefined;
  private readonly convicted = new Set<string>();
  private warmupStart: bigint | undefined;
  private lookAgain = false;
  private ended: (() => void) | undefined;
  private fatal: Error | undefined;

  constructor(
    private readonly context: Context,
    private readonly options: ParticipantOptions,
    signal: AbortSignal,
  ) {
    this.signal = AbortSignal.any([signal, this.stop.signal]);
    setMaxListeners(0, this.signal); // each request and transaction under way listens
    this.duties = new Duties(this.signal, (duty, error) => this.failed(duty, error));
    this.collector = new Collector(context, this.signal);
    this.follower = new Follower(context, this.collector);
    this.trainer = new RoundTrainer(context);
    this.witness = new RoundWitness(context, this.follower, this.collector);
    context.wake = () => this.wake();
  }

  /**
   * Takes part until the run is over (or paused, with `exitOnPause`) or the signal ends it.
   * @throws PsycheError `MANIFEST_CHANGED`, `CLIENT_VERSION` when the run's creator changed what this process was started with; `CONVICTED`
   */
  async run(): Promise<void> {
    const { context, signal } = this;
    const { p2p, chain } = context;
    p2p.setValidators({
      announcement: (a) => this.collector.judgeAnnouncement(a),
      list: (l) => this.collector.judgeList(l),
    });
    p2p.on('announcement', (a) => this.collector.onAnnouncement(a));
    p2p.on('list', (l) => this.collector.onList(l));
    p2p.provideAnnouncements((epoch, round) => this.collector.messages(epoch, round));
    const over = new Promise<void>((resolve) => {
      this.ended = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve(); // asked to leave while it was still getting ready
    });
    const endRun = chain.subscribe(
      (view, slot) => this.onView(view, slot),
      (error) => this.failed('chain', error),
    );
    const endSlots = watchSlots(chain.chain, (slot) => {
      context.clock.observe(slot);
      this.wake();
    });
    const timer = setInterval(() => reportStats(context), STATS_MS);
    try {
      this.onView(context.view, context.clock.current());
      await over;
      if (this.fatal !== undefined) throw this.fatal;
    } finally {
      clearInterval(timer);
      endRun();
      endSlots();
      this.stop.abort();
      await this.duties.idle();
      await this.follower.settled();
    }
  }

  private onView(view: RunView, slot: number): void {
    const { context } = this;
    context.view = view;
    context.clock.observe(slot);
    context.clock.setSlotMs(view.config.slotMs);
    if (this.isOutdated()) return;
    this.beginWarmup();
    this.show();
    this.follower.observe();
    this.wake();
  }

  /**
   * An epoch whose Warmup failed is tried again under the same number with other members: what those of the first try
   * announced must not stand in the way of those that have their places now.
   */
  private beginWarmup(): void {
    const { view, books, p2p } = this.context;
    if (view.state !== 'Warmup' || view.stateStartSlot === this.warmupStart) return;
    this.warmupStart = view.stateStartSlot;
    for (const hash of books.clear(view.epoch)) p2p.forget(hash);
  }

  /** Settings change between epochs only; who went on with the old ones would compute something else than the others. */
  private isOutdated(): boolean {
    const { view, manifestHash } = this.context;
    if (view.state === 'Paused' || view.state === 'Uninitialized') return false;
    if (toHex(view.manifestHash) !== toHex(manifestHash)) {
      this.fatal = new PsycheError('MANIFEST_CHANGED', 'the run\'s manifest was changed while it was paused: start this client again to train by the new one');
    } else if (view.clientVersion !== CLIENT_VERSION) {
      this.fatal = wrongVersion(view.clientVersion);
    }
    if (this.fatal !== undefined) this.ended?.();
    return this.fatal !== undefined;
  }

  /** Looks at what is due once the present work of the event loop is done; many causes, one look. */
  private wake(): void {
    if (this.lookAgain || this.signal.aborted) return;
    this.lookAgain = true;
    setImmediate(() => {
      this.lookAgain = false;
      if (this.signal.aborted) return;
      try {
        this.look();
      } catch (error) {
        // What the chain or a peer says must not end a node.
        this.failed('look', error);
      }
    });
  }

  private look(): void {
    const { context, duties, options } = this;
    keepPace(context, duties);
    convictEquivocators(context, duties);
    keepPeers(context, duties);
    keepMembership(context, options, this.follower, duties);
    if (isTraining(context.view)) this.collector.fetchMissing(context.view.epoch, context.view.round);
    askForMissed(context, this.collector, duties);
    this.witness.update(duties);
    this.keepModel();
    this.ahead.update(context, duties);
    this.residual.keep(context, duties);
    coolDown(context, this.follower, options.evaluationSequences, duties);
    keepCheckpoint(context, duties);
    if (!inEpoch(context.view)) duties.start('points', `${context.view.epoch}`, () => refreshSettled(context));
    this.end();
  }

  /** Everything that touches the parameters is one duty, so that training, applying and loading never overlap. */
  private keepModel(): void {
    const { context, duties, follower, trainer } = this;
    const { view, model } = context;
    const me = myself(context);
    // Healthy with nothing loaded: restarted after it had answered.
    if (view.state === 'Warmup' && (me?.state === 'Joined' || (me?.state === 'Healthy' && model.epoch !== view.epoch))) {
      // The slot tells a Warmup from the one before that too few had answered.
      duties.start('model', `warm/${view.epoch}/${view.stateStartSlot}`, async (signal) => {
        if (view.epoch === 0 && model.epoch === undefined) {
          await context.engine.initialParameters(signal);
          await evaluate(context, this.options.evaluationSequences, signal);
        }
        await this.ahead.end();
        await warmUp(context, follower, signal);
        trainer.begin();
      });
      return;
    }
    const earlier = wasHereBefore(context);
    if (earlier !== undefined) {
      duties.start('model', `resume/${view.epoch}/${view.epochStartSlot}`, (signal) => resume(context, { follower, trainer, collector: this.collector }, earlier, signal));
      return;
    }
    if (!inEpoch(view) || model.epoch !== view.epoch || !model.inSync) return;
    if (trainer.isDue()) {
      duties.start('model', `train/${view.epoch}/${view.round}`, (signal) => trainer.train(follower.hashAfter(Math.max(-1, view.round - 2)), signal));
      return;
    }
    if (model.appliedThrough < follower.lastRound() && !this.mustTrainFirst()) {
      duties.start('model', `apply/${view.epoch}/${model.appliedThrough + 1}`, (signal) => follower.applyNext(signal));
    }
  }

  /** Round r is trained at θ of r − 2: the list of r − 1 waits until then, as long as there is something to train. */
  private mustTrainFirst(): boolean {
    const { view, model } = this.context;
    const me = myself(this.context);
    if (view.state !== 'RoundTrain' || me?.state !== 'Healthy') return false;
    const record = view.seedPinned ? roundRecord(view, view.round) : undefined;
    if (record !== undefined && !hasBit(record.trainers, me.index)) return false;
    return model.appliedThrough === view.round - 2 && model.trainedThrough < view.round;
  }

  /** At the end of the run: the last figures, once the last epoch's work is done. */
  private end(): void {
    const { context, duties, options } = this;
    const { view } = context;
    const over = view.state === 'Finished' || (view.state === 'Paused' && options.exitOnPause);
    if (!over || duties.busyWith('model') !== undefined || duties.busyWith(STORE_DUTY) !== undefined) return;
    duties.start('end', view.state, async (signal) => {
      await finish(context, options, signal);
      this.ended?.();
    });
  }

  private show(): void {
    const { context } = this;
    const { view } = context;
    const me = myself(context);
    const key = `${view.state}/${view.epoch}/${view.round}/${view.step}/${me?.state}`;
    if (key === this.shown) return;
    this.shown = key;
    const out = me?.state === 'Dropped' || me?.state === 'Convicted';
    this.showConvicted();
    context.emit({ event: 'state', state: view.state, epoch: view.epoch, round: view.round, step: view.step, slot: context.clock.current(), member: me !== undefined && !out });
    if (me?.state === 'Dropped' && this.droppedIn !== view.epoch) {
      this.droppedIn = view.epoch;
      context.emit({ event: 'dropped', epoch: view.epoch, round: view.round });
    }
    reportPoints(context);
  }

  /** Tells of each conviction once. A client that is convicted itself stops: joining again would cost the next deposit. */
  private showConvicted(): void {
    const { view, emit, identity } = this.context;
    if (!inEpoch(view)) return;
    for (const { key, index, state } of view.members) {
      const name = `${view.epoch}/${key}`;
      if (state !== 'Convicted' || this.convicted.has(name)) continue;
      this.convicted.add(name);
      emit({ event: 'convicted', epoch: view.epoch, index, node: key, self: key === identity.address });
      if (key !== identity.address) continue;
      this.fatal = new PsycheError(
        'CONVICTED',
        `this node key is convicted of having signed two commitments for one round of epoch ${view.epoch}, and has lost its deposit: another process runs under the same key, or its state folder was restored from a copy; make sure that only one is left before you start it again, after the epoch`,
      );
      this.ended?.();
    }
  }

  private failed(duty: string, error: unknown): void {
    const { code, message } = error as { code?: unknown; message?: unknown };
    this.context.emit({ event: 'warning', code: typeof code === 'string' ? code : 'DUTY_FAILED', message: `${duty}: ${typeof message === 'string' ? message : String(error)}` });
  }
}
