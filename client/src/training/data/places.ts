import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../errors.js';
import type { DataManifest } from '../manifest.js';
import { isInnerPath, isRemote } from './remote/location.js';

/** Where the operator said that the tokenizer.json is, among the names of sources. */
export const TOKENIZER_PLACE = 'tokenizer';

/**
 * What the operator's `--data [name=]place` mean for a run: a place for each source that was named, for the only one, or,
 * of a folder with several, for those of its folders that have a source's name.
 *
 * @throws DataError `DATA_PATHS`
 */
export function dataPlaces(data: DataManifest, given: readonly string[]): Map<string, string> {
  const names = data.kind === 'text' ? [data.name] : data.sources.map((s) => s.name);
  const places = new Map<string, string>();
  for (const value of given) {
    const name = [...names, TOKENIZER_PLACE].find((n) => value.startsWith(`${n}=`));
    if (name !== undefined) places.set(name, value.slice(name.length + 1));
    else if (names.length === 1) places.set(names[0], value);
    // Names are the manifest's: none of them leads out of the operator's folder.
    else if (!isRemote(value)) for (const inner of names) if (!places.has(inner) && isInnerPath(inner) && exists(join(value, inner))) places.set(inner, join(value, inner));
  }
  const used = [...places.keys()].filter((n) => n !== TOKENIZER_PLACE);
  if (used.length === 0 && given.some((value) => !value.startsWith(`${TOKENIZER_PLACE}=`))) {
    throw new DataError('DATA_PATHS', `None of the --data given is for this run, which trains on ${names.map((n) => `"${n}"`).join(', ')}: write --data NAME=PATH.`);
  }
  return places;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
