import { RECIPE_ROW } from './rows.js';
import { summarize, type Bench, type Spread, type Summary } from './summary.js';

const HEADS = ['', 'held-out loss', 'from AdamW ×4', 'payload, bytes', 'up per step', 'down per step', 'tokens/s', 'CPU s', 's'];

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** The comparison as a Markdown table whose columns also line up in a terminal. Rows without any run are left out and named below. */
export function table(bench: Bench): string {
  const rows = summarize(bench).map((summary) => cells(summary, bench));
  const widths = HEADS.map((head, i) => Math.max(head.length, 2, ...rows.map((row) => row[i].length)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = `|${widths.map((w, i) => (i === 0 ? '-'.repeat(w + 2) : `${'-'.repeat(w + 1)}:`)).join('|')}|`;
  return [line(HEADS), rule, ...rows.map(line), '', ...notes(bench).map((note) => `- ${note}`)].join('\n');
}

/** The settings of every row that has been run, rows with the same ones together. */
export function settings(bench: Bench): string {
  const lines = new Map<string, string[]>();
  for (const { label, optimizer, schedule, runs } of bench.rows) {
    if (runs.length === 0) continue;
    const { kind, ...rest } = optimizer;
    const own = Object.entries(rest).filter(([key]) => !ROW_NAMES.includes(key)).map(([key, value]) => `${key} ${value}`);
    const line = `${kind}, ${schedule.kind} ${schedule.baseLearningRate} to ${schedule.finalLearningRate}: ${own.join(', ')}`;
    lines.set(line, [...(lines.get(line) ?? []), label]);
  }
  return [...lines].map(([line, labels]) => `- ${line}\n  (${labels.join('; ')})`).join('\n');
}

/** Settings that a row's label names. */
const ROW_NAMES: readonly string[] = ['compressionTopk', 'quantize1Bit', 'localSteps'];

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
    ...goals(bench),
    ...cost(bench),
  ];
}

/** What nanoGPT's README gives for its CPU recipe. */
const RECIPE_LOSS = 1.88;

/** How far from AdamW ×4 DisTrO with k = 8 and one bit is meant to stay. */
const GOAL = { row: 'distro-8-1bit', gap: 0.02 };

/** Where the two goals stand, each beside its measured figure. */
function goals(bench: Bench): string[] {
  const all = summarize(bench);
  const recipe = all.find((s) => s.id === RECIPE_ROW);
  const distro = all.find((s) => s.id === GOAL.row);
  return [
    ...(recipe ? [`Goal, nanoGPT's recipe reaches its published ${RECIPE_LOSS}: ${amount(recipe.loss, bench, (v) => v.toFixed(3))}, ${recipe.loss.mean <= RECIPE_LOSS ? 'reached' : 'not reached'}.`] : []),
    ...(distro?.gap
      ? [`Goal, DisTrO ×4 with k = 8 and 1 bit within ${100 * GOAL.gap} % of AdamW ×4: ${amount(distro.gap, bench, (v) => (100 * v).toFixed(1), ' %', true)}, ${distro.gap.mean <= GOAL.gap ? 'reached' : 'not reached'}.`]
      : []),
  ];
}

/** How long all of it took, and would take two cores with nothing else to do. */
function cost({ rows }: Bench): string[] {
  const runs = rows.flatMap((row) => row.runs);
  if (runs.length === 0) return [];
  const seconds = runs.reduce((sum, { result }) => sum + result.cpuSeconds + result.parts.evaluate, 0);
  const backends = [...new Set(runs.map((run) => `${run.result.backend}, ${run.machine}`))];
  return [`${runs.length} runs, ${whole(seconds / 60)} CPU minutes in all (two quiet cores: ${whole(seconds / 120)} minutes), on ${backends.join(' and ')}.`];
}
