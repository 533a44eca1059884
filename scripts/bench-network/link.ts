import { clockMs } from './statistics.js';

/** Bytes that a link passes on before it turns to the next connection: 13 ms at 10 Mbit/s. */
const PIECE_BYTES = 16 * 1024;

/** Timers of Node are no finer. */
const TICK_MS = 1;

interface Waiting {
  bytes: Uint8Array;
  done: () => void;
}

/**
 * One direction of a member's line: so many bits per second, shared out in turn among the connections that go over it. What
 * does not fit waits with whoever gave it, so a full line slows its senders down as a real one does.
 */
export class Link {
  private readonly flows = new Map<object | string, Waiting[]>();
  private freeAt = 0;
  /** When the piece under way is across. */
  private across: number | undefined;
  private idle = true;
  private timer: NodeJS.Timeout | undefined;
  /** Bytes passed on. */
  carried = 0;

  constructor(
    private readonly bitsPerSecond: number,
    private readonly now: () => number = clockMs,
    private readonly later: (ms: number, work: () => void) => NodeJS.Timeout = (ms, work) => setTimeout(work, ms),
  ) {}

  /**
   * Takes a connection's bytes over the line. Settles when the last of them is across.
   * @param flow the connection; what one gives is kept in order
   */
  async carry(flow: object | string, bytes: Uint8Array): Promise<void> {
    const pieces: Promise<void>[] = [];
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      pieces.push(new Promise((done) => this.enqueue(flow, { bytes: bytes.subarray(at, at + PIECE_BYTES), done })));
    }
    this.run();
    await Promise.all(pieces);
  }

  private enqueue(flow: object | string, waiting: Waiting): void {
    const queue = this.flows.get(flow);
    if (queue === undefined) this.flows.set(flow, [waiting]);
    else queue.push(waiting);
  }

  /** Passes on what the line has had time for, then waits for the rest's. */
  private run(): void {
    if (this.timer !== undefined) return;
    const now = this.now();
    for (let flow = this.next(); flow !== undefined; flow = this.next()) {
      const queue = this.flows.get(flow)!;
      const [{ bytes, done }] = queue;
      // While there is something to carry, a timer that was late costs the line nothing.
      this.across ??= (this.idle ? now : this.freeAt) + (8000 * bytes.length) / this.bitsPerSecond;
      this.idle = false;
      if (this.across > now) {
        this.timer = this.later(Math.max(TICK_MS, this.across - now), () => {
          this.timer = undefined;
          this.run();
        });
        return;
      }
      this.freeAt = this.across;
      this.across = undefined;
      this.carried += bytes.length;
      queue.shift();
      // To the back of the row.
      this.flows.delete(flow);
      if (queue.length > 0) this.flows.set(flow, queue);
      done();
    }
    this.idle = true;
  }

  private next(): object | string | undefined {
    return this.flows.keys().next().value;
  }
}

/** A line's two directions, and how far away everybody else is. */
export interface LineSettings {
  upBitsPerSecond: number;
  downBitsPerSecond: number;
  /** From one member to another and back, milliseconds. */
  roundTripMs: number;
}

export class Line {
  readonly up: Link;
  readonly down: Link;

  constructor(settings: LineSettings) {
    this.up = new Link(settings.upBitsPerSecond);
    this.down = new Link(settings.downBitsPerSecond);
  }
}
