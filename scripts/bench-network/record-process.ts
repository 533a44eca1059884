import { readSettings } from '../../client/src/cli/create-run/settings.js';
import { answering } from './child.js';
import { record } from './record.js';
import { writeTape } from './tape.js';

export interface RecordOrder {
  /** The run's settings file. */
  config: string;
  /** Where the tape goes. */
  path: string;
}

/** A process of its own, so that a large model's memory is gone with it. */
answering(async ({ config, path }: RecordOrder, tell, signal) => {
  await writeTape(path, await record(await readSettings(config), (line) => tell({ log: line }), signal));
  return { done: true };
});
