import { EvaluationError } from './errors.js';

/** One question of a multiple-choice task. */
export interface TaskItem {
  /** What comes before a choice. */
  query: string;
  /** Without the blank before them, which {@link Task.delimiter} is. */
  choices: readonly string[];
  /** Which choice is right. */
  gold: number;
}

/** A multiple-choice task, as lm-evaluation-harness has them. */
export interface Task {
  name: string;
  items: readonly TaskItem[];
  /** Between query and choice; the harness's `target_delimiter`. */
  delimiter: string;
  /** Solved examples before each question, and where they come from; none: those of `items` that are not the question. */
  fewShot: number;
  fewShotItems?: readonly TaskItem[];
}

/** Between the solved examples; the harness's `fewshot_delimiter`. */
const BETWEEN_SHOTS = '\n\n';

const MAX_CHOICES = 64;

/** The text that the choices of item `index` follow: solved examples, then the question. */
export function contextOf(task: Task, index: number): string {
  const shots: string[] = [];
  const source = task.fewShotItems ?? task.items;
  for (let i = 0; i < source.length && shots.length < task.fewShot; i++) {
    if (task.fewShotItems === undefined && i === index) continue;
    const { query, choices, gold } = source[i];
    shots.push(query + task.delimiter + choices[gold] + BETWEEN_SHOTS);
  }
  if (shots.length < task.fewShot) {
    throw new EvaluationError('TOO_FEW_EXAMPLES', `${task.name} has ${shots.length} examples to show before a question, not ${task.fewShot}. Ask for fewer, or name a file with more.`);
  }
  return shots.join('') + task.items[index].query;
}

/** Makes sure that an item is one. @param where for the message, e.g. `file.jsonl, line 3` @throws EvaluationError `TASK_INVALID` */
export function checkItem(item: { query: unknown; choices: unknown; gold: unknown }, where: string): TaskItem {
  const { query, choices, gold } = item;
  if (typeof query !== 'string') throw invalid(where, 'the query is no text');
  if (!Array.isArray(choices) || choices.length < 2 || choices.length > MAX_CHOICES || !choices.every((c) => typeof c === 'string' && c !== '')) {
    throw invalid(where, `the choices are not 2 to ${MAX_CHOICES} texts`);
  }
  if (typeof gold !== 'number' || !Number.isInteger(gold) || gold < 0 || gold >= choices.length) throw invalid(where, 'the right answer is none of the choices');
  return { query, choices: choices as string[], gold };
}

export function invalid(where: string, why: string): EvaluationError {
  return new EvaluationError('TASK_INVALID', `${where} cannot be used: ${why}. docs/checkpoints.md says what task files look like.`);
}
