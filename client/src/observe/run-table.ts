import { bar, bytes, clock, count, nats, short, sparkline } from './format.js';
import type { ClientMetrics, RunMetrics } from './run-metrics.js';

/** What the table needs beside the clients' own events. */
export interface TableContext {
  /** First line, e.g. `psyche dev · run demo-3f9a`. */
  title: string;
  epochs: number;
  /** Seconds since the command was given. */
  elapsed: number;
  /** How far the run is, 0 to 1. */
  runProgress: number;
  /** How far the epoch is, 0 to 1. */
  epochProgress: number;
  /** Printed below, newest last. */
  notes: readonly string[];
  width: number;
}

const COLUMNS = ['client', 'node', 'state', 'round', 'step', 'loss', '', 'tokens/s', 'points', 'up', 'down', 'peers'];
const LEFT = new Set([0, 1, 2, 6]);
const NOTES_SHOWN = 4;
const EPOCH_STATES = new Set(['Warmup', 'RoundTrain', 'RoundWitness', 'Cooldown']);
/** As wide as the longest state, so that the columns beside it stand still. */
const STATE_WIDTH = 'waits for an epoch'.length;

/** The picture of a running network as lines of at most `width` characters, without colour or cursor control. */
export function renderTable(metrics: RunMetrics, context: TableContext): string[] {
  const now = metrics.newest;
  const held = metrics.clients.find((c) => c.heldOutLast !== undefined);
  const entropy = metrics.clients.find((c) => c.unigramEntropy !== undefined)?.unigramEntropy;
  const lines = [
    `${context.title} · epoch ${Math.min(now.epoch + 1, context.epochs)} of ${context.epochs} · slot ${count(now.slot)} · ${clock(context.elapsed)}`,
    `run   ${bar(context.runProgress, 32)} step ${count(now.step)} · held-out loss ${nats(held?.heldOutFirst)} → ${nats(held?.heldOutLast)} · unigram entropy ${nats(entropy)}`,
    `epoch ${bar(context.epochProgress, 32)} ${now.state} · round ${count(now.round)} · payload ${bytes(metrics.payloadBytesPerStep)} a step, full gradient ${bytes(metrics.gradientBytes)}`,
    '',
    ...columns([COLUMNS, ...metrics.clients.map(row)]),
    '',
    ...context.notes.slice(-NOTES_SHOWN),
  ];
  return lines.map((line) => fit(line, context.width));
}

function row(client: ClientMetrics): string[] {
  return [
    client.label,
    short(client.node),
    stateOf(client).padEnd(STATE_WIDTH),
    count(client.round),
    count(client.step),
    nats(client.losses.at(-1)),
    sparkline(client.losses, 8).padEnd(8),
    count(client.tokensPerSecond),
    count(client.points),
    bytes(client.bytesUp),
    bytes(client.bytesDown),
    count(client.peers),
  ];
}

function stateOf(client: ClientMetrics): string {
  if (client.died !== undefined) return 'gone';
  return client.member || !EPOCH_STATES.has(client.state) ? client.state : 'waits for an epoch';
}

/** Pads cells so that columns stand under each other: text to the left, numbers to the right. */
function columns(rows: string[][]): string[] {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((r) => r[i].length)));
  return rows.map((r) =>
    r
      .map((cell, i) => (LEFT.has(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd(),
  );
}

function fit(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}
