import { basename } from 'node:path';
import { PsycheError } from '../../errors.js';
import type { LossResult, Scorer, Task, TaskResult } from '../../training/evaluation/index.js';
import { untilInterrupted } from '../common/interrupt.js';
import { type ModelFlags, type OpenedModel, openModel } from '../common/open-model.js';
import { print } from '../common/output.js';
import { writeText } from '../common/write-text.js';
import { describeEvaluation, type Evaluation } from './report.js';

export interface EvaluateFlags extends ModelFlags {
  tasks: string[];
  data: string[];
  prompt: string[];
  fewShot?: number;
  limit?: number;
  heldOut: number;
  sequences: number;
  microBatch: number;
}

/** A tokenizer takes its time, so of a text no more is read than this many bytes for each token wanted. */
const BYTES_PER_TOKEN = 8;

/** @throws PsycheError `NOTHING_TO_EVALUATE`; EvaluationError, CheckpointError, TrainingError */
export async function evaluate(checkpoint: string, flags: EvaluateFlags): Promise<void> {
  if (flags.tasks.length + flags.data.length + flags.prompt.length === 0) {
    throw new PsycheError('NOTHING_TO_EVALUATE', 'Say what to evaluate: --tasks, --data or --prompt.');
  }
  const { evaluateTask, readTask, Scorer } = await import('../../training/evaluation/index.js');
  const signal = untilInterrupted();
  // Before the model, which takes longer: a faulty file is told at once.
  const tasks: Task[] = [];
  for (const path of flags.tasks) tasks.push(await readTask(path, { fewShot: flags.fewShot, limit: flags.limit }));
  const opened = await openModel(checkpoint, flags, signal);
  const { backend, config, model, parameters, tokenizer } = opened;
  const scorer = new Scorer(backend, model, parameters, flags.microBatch);
  const results: TaskResult[] = [];
  const losses: LossResult[] = [];
  try {
    for (const task of tasks) {
      results.push(await evaluateTask(scorer, tokenizer, task, signal, (done) => progress(`${task.name}: ${done} of ${task.items.length}`)));
    }
    for (const path of flags.data) losses.push(await lossOf(scorer, opened, path, flags, signal));
  } finally {
    scorer.dispose();
    progress('');
  }
  const samples: Evaluation['samples'] = [];
  for (const prompt of flags.prompt) samples.push({ prompt, ...(await writeText(opened, prompt, flags, signal)) });
  model.dispose();
  const evaluation: Evaluation = { checkpoint, architecture: config.architecture, parameters: parameters.length, backend: backend.name, tasks: results, losses, samples };
  print(flags.output, describeEvaluation(evaluation), evaluation);
}

async function lossOf(scorer: Scorer, { tokenizer, config }: OpenedModel, path: string, flags: EvaluateFlags, signal: AbortSignal): Promise<LossResult> {
  const { lossResult, readHeldOut, spreadSequences } = await import('../../training/evaluation/index.js');
  const bytes = await readHeldOut(path, flags.heldOut);
  const ofBytes = tokenizer.vocabSize <= 257;
  const kept = ofBytes ? bytes : bytes.subarray(0, flags.sequences * config.contextLength * BYTES_PER_TOKEN);
  const tokens = ofBytes ? Int32Array.from(kept) : tokenizer.encode(Buffer.from(kept).toString('utf8'));
  const sequences = spreadSequences(tokens, config.contextLength, flags.sequences);
  if (sequences.length === 0) throw new PsycheError('TEXT_TOO_SHORT', `${path} has ${tokens.length} tokens in what is held out, too few for one sequence of ${config.contextLength}. Use a longer text, or --held-out 1000.`);
  progress(`${basename(path)}: ${sequences.length} sequences`);
  return lossResult(basename(path), await scorer.loss(sequences, signal), sequences);
}

/** One line on a terminal that the next one replaces. */
function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${line.slice(0, 70).padEnd(70)}${line === '' ? '\r' : ''}`);
}
