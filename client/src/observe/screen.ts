/** The part of a terminal stream that drawing needs. */
export interface TerminalStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

/** Whether a stream shows a picture that redraws itself: a terminal, colours and cursor control not turned off. */
export function isLive(stream: TerminalStream, env: NodeJS.ProcessEnv = process.env): boolean {
  return stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb' && !env['CI'];
}

/**
 * Redraws a block of lines in place. One write per picture (synchronised update where the terminal knows it), so that
 * it doesn't flicker; lines beyond the terminal's height are left out, since what has scrolled away can't be redrawn.
 */
export class Screen {
  private drawn = 0;

  constructor(private readonly stream: TerminalStream) {}

  get width(): number {
    return this.stream.columns ?? 80;
  }

  draw(lines: readonly string[]): void {
    const shown = lines.slice(0, Math.max(1, (this.stream.rows ?? 24) - 1));
    const up = this.drawn > 0 ? `\x1b[${this.drawn}A` : '';
    this.stream.write(`\x1b[?2026h\x1b[?25l${up}\r${shown.map((l) => `${l}\x1b[K\n`).join('')}\x1b[J\x1b[?2026l`);
    this.drawn = shown.length;
  }

  /** Leaves the last picture standing and shows the cursor again. */
  close(): void {
    this.stream.write('\x1b[?25h');
    this.drawn = 0;
  }
}
