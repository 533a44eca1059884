import type { TrialRecord } from './records.js';
import { CONTROL, type Budget, type Family, type Row } from './rows.js';

/** What is committed beside the table and the plot, and all that they are made of. */
export interface Bench {
  budget: Budget;
  /** Seeds that a complete row has. */
  seeds: number[];
  rows: BenchRow[];
}

/** A row's settings and its runs, of which there may be none yet. */
export interface BenchRow extends Row {
  runs: TrialRecord[];
}

export interface Spread {
  mean: number;
  /** Sample standard deviation; 0 for a single value. */
  deviation: number;
  count: number;
}

export interface Summary {
  id: string;
  label: string;
  family: Family;
  batch: number;
  steps: number;
  workers: number;
  loss: Spread;
  /** Relative difference from the control's run with the same seed; absent for the control and for rows of other budgets. */
  gap?: Spread;
  /** Bytes of one payload, and per local step. */
  payload: number;
  up: number;
  down: number;
  /** Of one thread: tokens of all workers by CPU seconds of training. */
  tokensPerSecond: number;
  cpuSeconds: number;
  seconds: number;
  /** Mean over the seeds. */
  curve: [number, number][];
}

export function benchOf(rows: readonly Row[], records: readonly TrialRecord[], seeds: readonly number[], budget: Budget): Bench {
  return { budget, seeds: [...seeds], rows: rows.map((row) => ({ ...row, runs: records.filter((r) => r.row === row.id).sort((a, b) => a.seed - b.seed) })) };
}

/** The rows that have runs. */
export function summarize(bench: Bench): Summary[] {
  const control = bench.rows.find((row) => row.id === CONTROL)?.runs ?? [];
  return bench.rows.filter((row) => row.runs.length > 0).map((row) => summarizeRow(row, control));
}

function summarizeRow(row: BenchRow, control: readonly TrialRecord[]): Summary {
  const { id, label, family, runs, workers } = row;
  const [{ batch, steps }] = runs;
  const mean = (value: (run: TrialRecord) => number): number => spread(runs.map(value)).mean;
  const gaps = runs.flatMap((run) => {
    const other = control.find((c) => c.seed === run.seed && c.batch === run.batch && c.steps === run.steps);
    return other && id !== CONTROL ? [run.result.loss / other.result.loss - 1] : [];
  });
  const up = mean((run) => run.result.bytesUp);
  return {
    id, label, family, batch, steps, workers, up,
    loss: spread(runs.map((run) => run.result.loss)),
    ...(gaps.length > 0 ? { gap: spread(gaps) } : {}),
    payload: up * (row.optimizer.kind === 'sparseloco' ? row.optimizer.localSteps : 1),
    down: mean((run) => run.result.bytesDown),
    tokensPerSecond: mean((run) => run.result.tokens / run.result.cpuSeconds),
    cpuSeconds: mean((run) => run.result.cpuSeconds),
    seconds: mean((run) => run.result.seconds),
    curve: runs[0].result.curve.map(([step], i) => [step, mean((run) => run.result.curve[i][1])]),
  };
}

export function spread(values: readonly number[]): Spread {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0, count: values.length };
}
