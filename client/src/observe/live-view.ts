import { count, nats, printable, short } from './format.js';
import type { TimedEvent } from './json-lines.js';
import type { RunMetrics } from './run-metrics.js';
import { renderTable } from './run-table.js';
import { isLive, Screen, type TerminalStream } from './screen.js';

export interface LiveViewOptions {
  stream: TerminalStream;
  /** Whether to draw a table that redraws itself; by default if the stream is a terminal that can. */
  live?: boolean;
  title: string;
  epochs: number;
  /** Seconds since the command was given. */
  elapsed(): number;
}

/** Where the run is in its epoch, from the chain. */
export interface EpochProgress {
  epoch: number;
  /** How much of `epoch_time` is over, 0 to 1. */
  fraction: number;
}

/** Four pictures a second are smooth enough for numbers, and cost nothing. */
const REDRAW_MS = 250;
const NOTES_KEPT = 20;
const LASTING_KEPT = 100;
const WARNINGS_SHOWN = 3;
const MESSAGE_SHOWN = 200;

/** Shows a run while it goes on: a table that redraws itself on a terminal, one line a step elsewhere. */
export class LiveView {
  private readonly screen?: Screen;
  private readonly notes: string[] = [];
  private readonly lasting: string[] = [];
  private readonly warned = new Map<string, number>();
  private timer?: NodeJS.Timeout;
  private progress: EpochProgress = { epoch: 0, fraction: 0 };
  private shownStep = -1;
  private shownState = '';
  private title: string;

  constructor(
    private readonly metrics: RunMetrics,
    private readonly options: LiveViewOptions,
  ) {
    this.title = options.title;
    if (options.live ?? isLive(options.stream)) this.screen = new Screen(options.stream);
  }

  /** Begins to draw; from here on nothing else should write to the stream. */
  start(): void {
    if (this.screen === undefined) return;
    this.draw();
    this.timer = setInterval(() => this.draw(), REDRAW_MS);
  }

  setTitle(title: string): void {
    this.title = title;
  }

  setProgress(progress: EpochProgress): void {
    this.progress = progress;
  }

  /** Says something in a sentence: below the table, or as a line. What is `lasting` still stands when the table is gone. */
  note(message: string, lasting = false): void {
    const safe = printable(message.replace(/\s+/g, ' ').trimEnd(), MESSAGE_SHOWN);
    this.notes.push(safe);
    if (this.notes.length > NOTES_KEPT) this.notes.shift();
    if (lasting && this.lasting.length < LASTING_KEPT) this.lasting.push(safe);
    this.line(safe);
  }

  /** Shows what is worth showing of an event that the metrics have taken already. */
  onEvent(index: number, event: TimedEvent): void {
    const client = this.metrics.clients[index];
    switch (event.event) {
      case 'joined':
        this.line(`${client.label} is node ${short(event.node)}, trains on ${event.backend}`);
        break;
      case 'state':
        if (event.state !== this.shownState) {
          this.shownState = event.state;
          const line = stateLine(event.state, event.epoch + 1);
          if (line !== undefined) this.line(line);
        }
        break;
      case 'trained':
        if (event.step > this.shownStep) {
          this.shownStep = event.step;
          this.line(this.stepLine(index));
        }
        break;
      case 'warning':
        this.warn(`${client.label} ${event.code}`, `${client.label}: ${event.message}`);
        break;
      case 'convicted':
        if (event.self) this.note(`${client.label} is convicted of signing two commitments for one round of epoch ${event.epoch + 1}`, true);
        break;
      case 'dropped':
        this.note(`${client.label} was dropped from epoch ${event.epoch + 1} in round ${event.round}`);
        break;
    }
  }

  /** Draws the last picture and leaves it standing. */
  stop(): void {
    if (this.timer === undefined) return;
    clearInterval(this.timer);
    this.timer = undefined;
    this.draw();
    this.screen?.close();
    for (const line of this.lasting) this.options.stream.write(`${line}\n`);
  }

  /** A client that retries warns again and again: the first few of a kind say it all. */
  private warn(kind: string, message: string): void {
    const seen = (this.warned.get(kind) ?? 0) + 1;
    this.warned.set(kind, seen);
    if (seen <= WARNINGS_SHOWN) this.note(seen === WARNINGS_SHOWN ? `${message} (no more of this kind will be shown)` : message);
  }

  private stepLine(index: number): string {
    const { clients } = this.metrics;
    const speed = clients.reduce((sum, c) => sum + (c.tokensPerSecond ?? 0), 0);
    const points = clients.reduce((sum, c) => sum + c.points, 0n);
    const held = clients.find((c) => c.heldOutLast !== undefined)?.heldOutLast;
    return `step ${this.shownStep}: loss ${nats(clients[index].losses.at(-1))}, held-out ${nats(held)}, ${count(speed)} tokens/s, ${count(points)} points`;
  }

  private line(text: string): void {
    if (this.screen === undefined) this.options.stream.write(`${text}\n`);
  }

  private draw(): void {
    if (this.screen === undefined) return;
    const { epochs } = this.options;
    const done = Math.min(1, (this.progress.epoch + Math.min(1, this.progress.fraction)) / epochs);
    this.screen.draw(
      renderTable(this.metrics, {
        title: this.title,
        epochs,
        elapsed: this.options.elapsed(),
        runProgress: done,
        epochProgress: done === 1 ? 1 : this.progress.fraction,
        notes: this.notes,
        width: this.screen.width,
      }),
    );
  }
}

/** A state in words; rounds have lines of their own. */
function stateLine(state: string, epoch: number): string | undefined {
  switch (state) {
    case 'WaitingForMembers':
      return `waiting for members of epoch ${epoch}`;
    case 'Warmup':
      return `epoch ${epoch}: warming up`;
    case 'Cooldown':
      return `epoch ${epoch}: cooling down, agreeing on the model and settling points`;
    default:
      return undefined;
  }
}
