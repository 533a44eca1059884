import type { ParticipantEvent } from '../round/events.js';

/** A participant's event as it comes out of `join --log-format json`: with the time it happened. */
export type TimedEvent = ParticipantEvent & { time?: string };

/** Longer lines are cut: a child that prints without end must not fill this process's memory. */
const MAX_LINE = 64 * 1024;

/** Splits a byte stream into lines. Feed it chunks as they come; a line is handed on when its end was seen. */
export class LineSplitter {
  private rest = '';
  private cutting = false;
  private readonly decoder = new TextDecoder();

  constructor(private readonly onLine: (line: string) => void) {}

  push(chunk: Uint8Array): void {
    const parts = this.decoder.decode(chunk, { stream: true }).split('\n');
    for (let i = 0; i < parts.length; i++) {
      if (!this.cutting) {
        this.rest += parts[i];
        if (this.rest.length > MAX_LINE) {
          this.rest = this.rest.slice(0, MAX_LINE);
          this.cutting = true;
        }
      }
      if (i < parts.length - 1) this.flush();
    }
  }

  /** The stream's end: what is left without a newline is a line too. */
  end(): void {
    if (this.rest !== '') this.flush();
  }

  private flush(): void {
    const line = this.rest.endsWith('\r') ? this.rest.slice(0, -1) : this.rest;
    this.rest = '';
    this.cutting = false;
    if (line !== '') this.onLine(line);
  }
}

/** The event in a line, or `undefined` if the line is anything else (a warning of Node's, a stack trace). */
export function parseEvent(line: string): TimedEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return typeof (value as { event?: unknown }).event === 'string' ? (value as TimedEvent) : undefined;
  } catch {
    return undefined;
  }
}
