import { bytes, clock } from '../../observe/format.js';
import type { TransferProgress } from '../../training/checkpoint/index.js';

/** A terminal's line is drawn anew this often, a log gets a new line this often, milliseconds. */
const REDRAW_MS = 200;
const LOG_MS = 10_000;

/** Where progress is shown; `process.stderr` is one. */
export interface ProgressStream {
  isTTY?: boolean;
  write(text: string): unknown;
}

/** How far a transfer is, how fast, and how long it will take yet. @param seconds since it began */
export function describeTransfer({ name, done, total, skipped }: TransferProgress, seconds: number): string {
  const rate = seconds > 0 ? (done - skipped) / seconds : 0;
  const percent = total > 0 ? Math.floor((100 * done) / total) : 100;
  const left = rate > 0 ? `, ${bytes(rate)}/s, ${clock((total - done) / rate)} left` : '';
  return `${name}: ${bytes(done)} of ${bytes(total)} (${percent} %)${left}`;
}

/** Shows a transfer: one line that changes on a terminal, now and then a line in a log. */
export class TransferMeter {
  private started: number | undefined;
  private shown = 0;
  private width = 0;

  constructor(private readonly stream: ProgressStream, private readonly now: () => number = () => performance.now()) {}

  readonly onProgress = (progress: TransferProgress): void => {
    const now = this.now();
    if (this.started === undefined) this.started = this.shown = now;
    const terminal = this.stream.isTTY === true;
    if (now - this.shown < (terminal ? REDRAW_MS : LOG_MS)) return;
    this.shown = now;
    const line = describeTransfer(progress, (now - this.started) / 1000);
    this.stream.write(terminal ? `\r${line.padEnd(this.width)}` : `${line}\n`);
    this.width = line.length;
  };

  /** Removes the line from a terminal. */
  end(): void {
    if (this.stream.isTTY === true && this.width > 0) this.stream.write(`\r${' '.repeat(this.width)}\r`);
    this.width = 0;
  }
}
