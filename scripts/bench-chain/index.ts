import { Command, Option } from 'commander';
import { figures } from './figures.js';
import { report } from './report.js';
import { SNAPSHOT_PATH, writeSnapshot } from './snapshot.js';

/** `npm run bench:chain`: what the chain side costs, measured on the programs in `programs/deploy`. */
const command = new Command('bench:chain')
  .description('compute units, bytes, rent and fees of everything that the programs do')
  .addOption(new Option('--output <format>').choices(['text', 'json']).default('text'))
  .option('--write', `write ${SNAPSHOT_PATH} anew, which the tests compare with`)
  .parse();
const { output, write } = command.opts<{ output: 'text' | 'json'; write?: boolean }>();

const measured = await figures();
if (write) writeSnapshot(measured);
console.log(output === 'json' ? JSON.stringify(measured, null, 2) : report(measured));
