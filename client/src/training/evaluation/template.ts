import type { Row } from './shapes.js';
import { invalid } from './task.js';

/** How a task file says what a row's fields mean. */
export interface Mapping {
  /** A text with `{{field}}` in it; `{{choices.text}}` goes into an object, `{{choices.0}}` into a list. */
  query?: string;
  /** The name of a field that is a list, or a list of texts with `{{field}}` in them. */
  choices?: unknown;
  /** The name of the field with the right answer: its number from 0, or the answer itself, or its label. */
  gold?: string;
  /** The name of a field that lists the choices' labels, for data whose `gold` is one of them. */
  labels?: string;
}

/** What lies at `a.b.0` in a row; `undefined` where nothing does. */
export function lookUp(row: Row, path: string): unknown {
  let value: unknown = row;
  for (const name of path.trim().split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Row)[name];
  }
  return value;
}

/** Puts a row's fields into a text. @throws EvaluationError `TASK_INVALID` for a field that is missing or no text or number */
export function fill(template: string, row: Row, where: string): string {
  return template.replaceAll(/\{\{([^{}]{1,100})\}\}/g, (_, path: string) => {
    const value = lookUp(row, path);
    if (typeof value !== 'string' && typeof value !== 'number') throw invalid(where, `${path.trim()} is no text`);
    return String(value);
  });
}

/** @returns whatever the mapping leads to, to be checked by the caller */
export function choicesOf(mapping: Mapping, row: Row, where: string): unknown {
  const { choices } = mapping;
  if (typeof choices === 'string') return lookUp(row, choices);
  if (!Array.isArray(choices)) return undefined;
  return choices.map((choice: unknown) => (typeof choice === 'string' ? fill(choice, row, where) : undefined));
}

/** The number of the right choice, or something that is none. */
export function goldOf(mapping: Mapping, row: Row): unknown {
  const value = lookUp(row, mapping.gold ?? '');
  const labels = mapping.labels === undefined ? undefined : lookUp(row, mapping.labels);
  if (Array.isArray(labels)) return labels.indexOf(value);
  if (typeof value !== 'string') return value;
  // Some data sets write the number as a text, others the answer itself.
  const choices = typeof mapping.choices === 'string' ? lookUp(row, mapping.choices) : undefined;
  const place = Array.isArray(choices) ? choices.indexOf(value) : -1;
  return place >= 0 ? place : /^\d+$/.test(value) ? Number(value) : undefined;
}
