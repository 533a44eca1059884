import { EventEmitter } from 'node:events';
import { stallMs } from './loss.js';

/** One direction of a line, as its owner rents it. */
export interface LineConditions {
  latencyMs: number;
  bitsPerSecond: number;
  /** Chance that a packet is lost, 0 to 1. */
  loss: number;
}

/** `silent`: connections stay, and nothing gets through. `cut`: they end, and new ones are refused. */
export type LineState = 'up' | 'silent' | 'cut';

export interface AccessConditions {
  up?: Partial<LineConditions>;
  down?: Partial<LineConditions>;
  state?: LineState;
}

const CLEAR: LineConditions = { latencyMs: 0, bitsPerSecond: Infinity, loss: 0 };

/** One direction of a line, which all connections over it share: what one sends, the others wait for. */
class Line {
  conditions = CLEAR;
  private free = 0;

  /** When `bytes` that want to set out at `now` are all on their way; milliseconds. */
  send(bytes: number, now: number): number {
    this.free = Math.max(now, this.free) + (bytes * 8000) / this.conditions.bitsPerSecond;
    return this.free;
  }
}

/** A machine's line to the rest of the network; may change at any time. */
export class Access extends EventEmitter<{ change: [] }> {
  readonly up = new Line();
  readonly down = new Line();
  state: LineState = 'up';

  constructor() {
    super();
    this.setMaxListeners(0); // every connection listens
  }

  /** Replaces what is given, and leaves the rest. */
  change({ up, down, state }: AccessConditions): void {
    this.up.conditions = { ...this.up.conditions, ...up };
    this.down.conditions = { ...this.down.conditions, ...down };
    this.state = state ?? this.state;
    this.emit('change');
  }

  /** As it was in the beginning. */
  clear(): void {
    this.change({ up: CLEAR, down: CLEAR, state: 'up' });
  }
}

/** From one machine to another: what one sends over its line and the other receives over its own. */
export class Path {
  private last = 0;

  constructor(
    readonly from: Access,
    readonly to: Access,
    private readonly random: () => number,
  ) {}

  get state(): LineState {
    const states = [this.from.state, this.to.state];
    return states.includes('cut') ? 'cut' : states.includes('silent') ? 'silent' : 'up';
  }

  /** Chance that a packet is lost on the way. */
  get loss(): number {
    return 1 - (1 - this.from.up.conditions.loss) * (1 - this.to.down.conditions.loss);
  }

  /** There and back, milliseconds. */
  get rttMs(): number {
    return [this.from, this.to].reduce((sum, { up, down }) => sum + up.conditions.latencyMs + down.conditions.latencyMs, 0);
  }

  /**
   * When `bytes` sent at `now` have arrived, never before those that were sent earlier; milliseconds. What is lost of them is
   * repaired while others are on their way, so that stalls of one stream lie side by side, not one after another.
   */
  arrival(bytes: number, now: number): number {
    const sent = this.to.down.send(bytes, this.from.up.send(bytes, now));
    const latency = this.from.up.conditions.latencyMs + this.to.down.conditions.latencyMs;
    this.last = Math.max(this.last, sent + latency + stallMs(bytes, this.loss, this.rttMs, this.random));
    return this.last;
  }

  /** Nothing arrives before `time`. */
  holdUntil(time: number): void {
    this.last = Math.max(this.last, time);
  }
}
