import { checkItem, invalid, type TaskItem } from './task.js';

/** A line of a data set, as it is published. */
export type Row = Record<string, unknown>;

/** How a data set's rows become questions. Queries are word for word those of lm-evaluation-harness's task of that name. */
interface Shape {
  /** Whether a row looks like one of this data set. */
  matches(row: Row): boolean;
  item(row: Row): { query: unknown; choices: unknown; gold: unknown };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const field = (value: unknown, name: string): unknown => (typeof value === 'object' && value !== null ? (value as Row)[name] : undefined);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const has = (row: Row, ...names: string[]): boolean => names.every((name) => row[name] !== undefined);

/** Which label is the right one: `B`, or `2` where they are numbered. */
const labelled = (row: Row): number => list(field(row.choices, 'label')).indexOf(text(row.answerKey).trim());

/** Marks of the video captions that HellaSwag comes from. */
const plain = (value: unknown): string =>
  text(value)
    .trim()
    .replaceAll(' [title]', '. ')
    .replaceAll(/\[.*?\]/g, '')
    .replaceAll('  ', ' ');

const sentence = (value: string): string => value.slice(0, 1).toUpperCase() + value.slice(1).toLowerCase();

export const SHAPES: Readonly<Record<string, Shape>> = {
  /** This project's own: `query` (or `context`), `choices`, `gold`. */
  plain: {
    matches: (row) => (has(row, 'query') || has(row, 'context')) && Array.isArray(row.choices) && has(row, 'gold'),
    item: ({ query, context, choices, gold }) => ({ query: query ?? context, choices, gold }),
  },
  hellaswag: {
    matches: (row) => has(row, 'ctx_a', 'ctx_b', 'endings', 'activity_label'),
    item: (row) => ({
      query: plain(`${text(row.activity_label)}: ${text(row.ctx_a)} ${sentence(text(row.ctx_b))}`),
      choices: list(row.endings).map(plain),
      gold: row.label === '' ? undefined : Number(row.label),
    }),
  },
  /** ARC easy and challenge. */
  arc: {
    matches: (row) => has(row, 'question', 'answerKey') && Array.isArray(field(row.choices, 'text')),
    item: (row) => ({ query: `Question: ${text(row.question)}\nAnswer:`, choices: field(row.choices, 'text'), gold: labelled(row) }),
  },
  piqa: {
    matches: (row) => has(row, 'goal', 'sol1', 'sol2'),
    item: ({ goal, sol1, sol2, label }) => ({ query: `Question: ${text(goal)}\nAnswer:`, choices: [sol1, sol2], gold: label }),
  },
  openbookqa: {
    matches: (row) => has(row, 'question_stem', 'answerKey'),
    item: (row) => ({ query: row.question_stem, choices: field(row.choices, 'text'), gold: labelled(row) }),
  },
  boolq: {
    matches: (row) => has(row, 'passage', 'question') && (has(row, 'label') || has(row, 'answer')),
    item: ({ passage, question, label, answer }) => ({
      query: `${text(passage)}\nQuestion: ${text(question)}?\nAnswer:`,
      choices: ['no', 'yes'],
      gold: label === undefined ? Number(answer) : Number(label),
    }),
  },
  sciq: {
    matches: (row) => has(row, 'support', 'question', 'distractor1', 'correct_answer'),
    item: (row) => ({
      query: `${text(row.support).trimStart()}\nQuestion: ${text(row.question)}\nAnswer:`,
      choices: [row.distractor1, row.distractor2, row.distractor3, row.correct_answer],
      gold: 3,
    }),
  },
  mmlu: {
    matches: (row) => has(row, 'question', 'answer') && Array.isArray(row.choices) && row.choices.length === 4,
    item: ({ question, choices, answer }) => {
      const letters = ['A', 'B', 'C', 'D'];
      const lines = list(choices).map((choice, i) => `${letters[i]}. ${text(choice)}`);
      return { query: `${text(question).trim()}\n${lines.join('\n')}\nAnswer:`, choices: letters, gold: typeof answer === 'string' ? letters.indexOf(answer) : answer };
    },
  },
};

/** The name of the shape that a row has; `undefined` for none that is known. */
export function shapeOf(row: Row): string | undefined {
  return Object.keys(SHAPES).find((name) => SHAPES[name].matches(row));
}

/** @throws EvaluationError `TASK_INVALID` */
export function itemOf(row: Row, shape: string, where: string): TaskItem {
  if (!SHAPES[shape].matches(row)) throw invalid(where, `it does not look like a row of ${shape}`);
  return checkItem(SHAPES[shape].item(row), where);
}
