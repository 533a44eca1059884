import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { EvaluationError } from './errors.js';
import { itemOf, type Row, SHAPES, shapeOf } from './shapes.js';
import { checkItem, invalid, type Task, type TaskItem } from './task.js';
import { choicesOf, fill, goldOf, type Mapping } from './template.js';

/** Task files are read whole; larger ones have to be cut. */
const MAX_BYTES = 256 * 2 ** 20;
const MAX_ITEMS = 1_000_000;
const MAX_SHOTS = 64;

/** A task file's fields; all but `data` may be absent where the data set's shape is known. */
interface Description extends Mapping {
  name?: unknown;
  /** The data set's lines, relative to the task file. */
  data?: unknown;
  /** A name of {@link SHAPES}. */
  format?: unknown;
  delimiter?: unknown;
  fewShot?: unknown;
  /** Where solved examples come from; absent: from `data`. */
  fewShotData?: unknown;
}

const FIELDS: readonly string[] = ['name', 'data', 'format', 'query', 'choices', 'gold', 'labels', 'delimiter', 'fewShot', 'fewShotData'];

/**
 * Reads a multiple-choice task: a .jsonl file of a known shape, or a .json file that says where the lines are and what
 * their fields mean.
 * @param change.limit only the first so many questions
 * @throws EvaluationError `TASK_NOT_FOUND`, `TASK_TOO_LARGE`, `TASK_INVALID`
 */
export async function readTask(path: string, change: { fewShot?: number; limit?: number } = {}): Promise<Task> {
  const described = /\.json$/i.test(path);
  const description = described ? await readDescription(path) : { data: basename(path) };
  const near = (name: unknown): string => resolve(dirname(path), name as string);
  const read = async (file: string): Promise<TaskItem[]> => readItems(file, description);
  const items = await read(near(description.data));
  const fewShot = change.fewShot ?? (description.fewShot as number | undefined) ?? 0;
  return {
    name: (description.name as string | undefined) ?? basename(path).replace(/\.jsonl?$/i, ''),
    items: change.limit === undefined ? items : items.slice(0, change.limit),
    delimiter: (description.delimiter as string | undefined) ?? ' ',
    fewShot,
    // Of its own lines all may be shown, also those that are not asked.
    ...(description.fewShotData !== undefined ? { fewShotItems: await read(near(description.fewShotData)) } : {}),
  };
}

async function readDescription(path: string): Promise<Description> {
  const text = await readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(path, 'it is not JSON (a file of one JSON object a line ends in .jsonl)');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(path, 'it is not an object');
  const fields = value as Record<string, unknown>;
  const unknown = Object.keys(fields).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) throw invalid(path, `"${unknown.slice(0, 40)}" is no field of a task`);
  for (const name of ['name', 'format', 'query', 'gold', 'labels', 'delimiter', 'fewShotData']) {
    if (fields[name] !== undefined && typeof fields[name] !== 'string') throw invalid(path, `${name} is no text`);
  }
  if (typeof fields.data !== 'string') throw invalid(path, 'data does not name a file');
  if (fields.format !== undefined && !Object.hasOwn(SHAPES, fields.format as string)) throw invalid(path, `format is none of ${Object.keys(SHAPES).join(', ')}`);
  const { fewShot = 0 } = fields;
  if (typeof fewShot !== 'number' || !Number.isInteger(fewShot) || fewShot < 0 || fewShot > MAX_SHOTS) throw invalid(path, `fewShot is no number from 0 to ${MAX_SHOTS}`);
  if (fields.query !== undefined && (fields.choices === undefined || fields.gold === undefined)) throw invalid(path, 'a query needs choices and gold');
  return fields as Description;
}

async function readItems(path: string, description: Description): Promise<TaskItem[]> {
  const lines = (await readText(path)).split('\n');
  const items: TaskItem[] = [];
  let shape = description.format as string | undefined;
  lines.forEach((line, i) => {
    if (line.trim() === '') return;
    const where = `${path}, line ${i + 1}`;
    if (items.length >= MAX_ITEMS) throw new EvaluationError('TASK_TOO_LARGE', `${path} has more than ${MAX_ITEMS} questions. Cut it.`);
    const row = parseRow(line, where);
    if (description.query !== undefined) {
      items.push(checkItem({ query: fill(description.query, row, where), choices: choicesOf(description, row, where), gold: goldOf(description, row) }, where));
      return;
    }
    shape ??= shapeOf(row);
    if (shape === undefined) throw invalid(where, `its fields ${Object.keys(row).slice(0, 8).join(', ')} are of no data set that is known; describe them in a task file`);
    items.push(itemOf(row, shape, where));
  });
  if (items.length === 0) throw invalid(path, 'there is no question in it');
  return items;
}

function parseRow(line: string, where: string): Row {
  try {
    const row = JSON.parse(line) as unknown;
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) return row as Row;
  } catch {
    // Said below.
  }
  throw invalid(where, 'it is no JSON object');
}

async function readText(path: string): Promise<string> {
  const size = await stat(path).then(
    (s) => s.size,
    (cause: unknown) => {
      throw new EvaluationError('TASK_NOT_FOUND', `There is no ${path}. Name a task's .jsonl or .json file.`, { cause });
    },
  );
  if (size > MAX_BYTES) throw new EvaluationError('TASK_TOO_LARGE', `${path} has ${size} bytes; at most ${MAX_BYTES} are read. Cut it.`);
  return readFile(path, 'utf8');
}
