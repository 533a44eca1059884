import { summarize, type Bench, type Spread, type Summary } from './summary.js';

const HEADS = ['', 'held-out loss', 'from AdamW ×4', 'payload, bytes', 'up per step', 'down per step', 'tokens/s', 'CPU s', 's'];

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** The comparison as a Markdown table whose columns also line up in a terminal. Rows without any run are left out and named below. */
export function table(bench: Bench): string {
  const rows = summarize(bench).map((summary) => cells(summary, bench));
  const widths = HEADS.map((head, i) => Math.max(head.length, 2, ...rows.map((row) => row[i].length)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = `|${widths.map((w, i) => (i === 0 ? '-'.repeat(w + 2) : `${'-'.repeat(w + 1)}:`)).join('|')}|`;
  return [line(HEADS), rule, ...rows.map(line), '', ...notes(bench)].join('\n');
}

function cells(s: Summary, bench: Bench): string[] {
  const own = s.batch !== bench.budget.batch || s.steps !== bench.budget.steps;
  const bytes = s.workers === 1 ? ['–', '–', '–'] : [whole(s.payload), whole(s.up), whole(s.down)];
  return [
    own ? `${s.label} (${s.batch} × ${whole(s.steps)})` : s.label,
    amount(s.loss, bench, (v) => v.toFixed(3)),
    s.gap ? amount(s.gap, bench, (v) => (100 * v).toFixed(1), ' %', true) : '–',
    ...bytes,
    whole(s.tokensPerSecond),
    whole(s.cpuSeconds),
    whole(s.seconds),
  ];
}

/** Mean ± standard deviation, and how many seeds where they are not all there. */
function amount(value: Spread, { seeds }: Bench, format: (v: number) => string, unit = '', signed = false): string {
  const mean = `${signed && value.mean >= 0 ? '+' : ''}${format(value.mean).replace('-', '−')}`;
  const deviation = value.count > 1 ? ` ± ${format(value.deviation)}` : '';
  return `${mean}${deviation}${unit}${value.count < seeds.length ? ` (${value.count} of ${seeds.length} seeds)` : ''}`;
}

function notes(bench: Bench): string[] {
  const { batch, steps } = bench.budget;
  const missing = bench.rows.filter((row) => row.runs.length === 0).map((row) => row.label);
  return [
    `${batch} sequences of 64 tokens per step of all workers together, ${whole(steps)} steps, ${bench.seeds.length} seed${bench.seeds.length === 1 ? '' : 's'}: mean ± standard deviation.`,
    ...(missing.length > 0 ? [`Not run yet: ${missing.join('; ')}.`] : []),
  ];
}
