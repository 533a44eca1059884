import { count } from '../../observe/format.js';
import type { Accuracy, LossResult, TaskResult } from '../../training/evaluation/index.js';
import { bold, table } from '../common/output.js';
import { forTerminal } from '../common/write-text.js';

/** What `evaluate` found; its JSON output. */
export interface Evaluation {
  checkpoint: string;
  architecture: string;
  parameters: number;
  backend: string;
  tasks: TaskResult[];
  losses: LossResult[];
  samples: { prompt: string; text: string; tokens: number }[];
}

export function describeEvaluation({ checkpoint, architecture, parameters, backend, tasks, losses, samples }: Evaluation): string {
  const sections = [`${bold(checkpoint)}: ${architecture}, ${count(parameters)} parameters, on ${backend}`];
  if (tasks.length > 0) {
    const rows = tasks.map((t) => [t.name, count(t.items), String(t.fewShot), percent(t.acc), percent(t.accNorm)]);
    sections.push(table([['task', 'questions', 'few-shot', 'acc', 'acc_norm'], ...rows], [1, 2, 3, 4]));
  }
  if (losses.length > 0) {
    const rows = losses.map((l) => [l.name, count(l.tokens), `${l.loss.toFixed(4)}`, l.perplexity.toFixed(3)]);
    sections.push(table([['text', 'tokens', 'nats per token', 'perplexity'], ...rows], [1, 2, 3]));
  }
  for (const { prompt, text } of samples) sections.push(`${bold(forTerminal(prompt))}${forTerminal(text)}`);
  return sections.join('\n\n');
}

/** `31.3 % ± 2.1`: with the standard error, where there is one. */
function percent({ value, stderr }: Accuracy): string {
  return `${(100 * value).toFixed(1)} %${Number.isNaN(stderr) ? '' : ` ± ${(100 * stderr).toFixed(1)}`}`;
}
