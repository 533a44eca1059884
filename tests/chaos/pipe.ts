import type { Socket } from 'node:net';
import type { Path } from './access.js';

/** Bytes under way in one direction before the sender is made to wait: a window of TCP's. */
const WINDOW_BYTES = 1024 * 1024;
/** setTimeout waits for whole milliseconds; what is due within one is handed on. */
const TICK_MS = 1;

/** One direction of a connection: hands on what arrives when its time has come, in order, ends included. */
export class Pipe {
  /** What is under way; `undefined` is the end of the stream. */
  private readonly queue: { due: number; chunk: Buffer | undefined }[] = [];
  private queued = 0;
  private blocked = false;
  private timer: NodeJS.Timeout | undefined;
  /** All that came through, bytes. */
  bytes = 0;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly path: Path,
  ) {
    from.on('data', (chunk) => {
      this.push(chunk, chunk.length);
      if (this.queued >= WINDOW_BYTES) from.pause();
    });
    from.on('end', () => this.push(undefined, 0));
    to.on('drain', () => {
      this.blocked = false;
      this.flush();
    });
  }

  /** Looks again at what is due: the conditions have changed. */
  review(): void {
    this.flush();
  }

  close(): void {
    clearTimeout(this.timer);
    this.queue.length = 0;
  }

  private push(chunk: Buffer | undefined, bytes: number): void {
    this.queue.push({ due: this.path.arrival(bytes, performance.now()), chunk });
    this.queued += bytes;
    this.flush();
  }

  private flush(): void {
    clearTimeout(this.timer);
    while (this.queue.length > 0 && !this.blocked && this.path.state === 'up') {
      const { due, chunk } = this.queue[0];
      const wait = due - performance.now();
      if (wait > TICK_MS) {
        this.timer = setTimeout(() => this.flush(), wait);
        break;
      }
      this.queue.shift();
      if (chunk === undefined) {
        this.to.end();
        continue;
      }
      this.queued -= chunk.length;
      this.bytes += chunk.length;
      this.blocked = !this.to.write(chunk);
    }
    if (this.queued < WINDOW_BYTES / 2 && this.from.isPaused()) this.from.resume();
  }
}
