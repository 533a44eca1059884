import { encodePair, type TextEncoder } from './encode.js';
import type { Scorer } from './scorer.js';
import { contextOf, type Task } from './task.js';

/** A share of right answers, with the standard error of the mean. */
export interface Accuracy {
  value: number;
  stderr: number;
}

export interface TaskResult {
  name: string;
  items: number;
  fewShot: number;
  /** By the likeliest choice. */
  acc: Accuracy;
  /** By the likeliest choice per character, as lm-evaluation-harness counts them (code points, without the delimiter). */
  accNorm: Accuracy;
  /** By the likeliest choice per byte of UTF-8. Differs from the one above in texts beyond ASCII alone. */
  accBytes: Accuracy;
}

/** Questions scored between two looks at the signal and the caller's progress. */
const ITEMS_AT_ONCE = 32;

/**
 * Scores a task: the log-likelihood of each choice after its question decides (lm-evaluation-harness's `multiple_choice`).
 * @param onItems hears how many questions are done
 * @throws EvaluationError `CONTINUATION_TOO_LONG`, `CONTINUATION_EMPTY`, `TOO_FEW_EXAMPLES`
 */
export async function evaluateTask(scorer: Scorer, tokenizer: TextEncoder, task: Task, signal?: AbortSignal, onItems?: (done: number) => void): Promise<TaskResult> {
  const right = { plain: [] as number[], characters: [] as number[], bytes: [] as number[] };
  for (let start = 0; start < task.items.length; start += ITEMS_AT_ONCE) {
    const items = task.items.slice(start, start + ITEMS_AT_ONCE);
    const pairs = items.flatMap((item, i) => {
      const context = contextOf(task, start + i);
      return item.choices.map((choice) => encodePair(tokenizer, context, task.delimiter + choice, scorer.contextLength));
    });
    const scores = await scorer.logLikelihoods(pairs, signal);
    let at = 0;
    for (const { choices, gold } of items) {
      const own = scores.subarray(at, (at += choices.length));
      right.plain.push(Number(best(own) === gold));
      right.characters.push(Number(best(own.map((score, i) => score / [...choices[i]].length)) === gold));
      right.bytes.push(Number(best(own.map((score, i) => score / Buffer.byteLength(choices[i]))) === gold));
    }
    onItems?.(start + items.length);
  }
  const { name, fewShot, items } = task;
  return { name, items: items.length, fewShot, acc: accuracy(right.plain), accNorm: accuracy(right.characters), accBytes: accuracy(right.bytes) };
}

/** Place of the greatest; of equal ones the first. */
function best(scores: Float64Array): number {
  let place = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i] > scores[place]) place = i;
  return place;
}

/** Mean, and the sample's standard deviation by the root of its size. One answer alone says nothing of the error: NaN. */
export function accuracy(right: readonly number[]): Accuracy {
  const n = right.length;
  const value = right.reduce((a, b) => a + b, 0) / n;
  const variance = right.reduce((sum, x) => sum + (x - value) ** 2, 0) / (n - 1);
  return { value, stderr: n < 2 ? NaN : Math.sqrt(variance / n) };
}
