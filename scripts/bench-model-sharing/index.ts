import { availableParallelism, cpus, loadavg } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { measure, median } from './measure.js';

/**
 * `npm run bench:model-sharing`: how fast a newcomer gets a model from several peers, beside one plain stream from one of
 * them in the same run, all on this machine; what it costs either side; and what a newcomer that is killed half way has
 * to fetch again.
 */
const count = (text: string, most = Infinity): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most) throw new InvalidArgumentError(`a whole number from 1 ${most === Infinity ? 'on' : `to ${most}`}`);
  return value;
};
/** A peer gives nobody the same model more than eight times. */
const MOST_REPETITIONS = 5;
const command = new Command('bench:model-sharing')
  .description('a model from several peers to a newcomer, beside a single stream')
  .option('--megabytes <n>', 'of the model', (text) => count(text), 400)
  .option('--peers <n>', 'that have it', (text) => count(text), 3)
  .option('--repetitions <n>', 'of each measurement, in turns', (text) => count(text, MOST_REPETITIONS), 3)
  .addOption(new Option('--output <format>').choices(['text', 'json']).default('text'))
  .parse();
const { megabytes, peers, repetitions, output } = command.opts<{ megabytes: number; peers: number; repetitions: number; output: 'text' | 'json' }>();

const load = loadavg()[0];
const figures = await measure(megabytes * 1e6, peers, repetitions, (line) => console.error(line));
const [stream, single, sharing] = [figures.stream, figures.single, figures.sharing].map(median);
const share = sharing / stream;
if (output === 'json') {
  console.log(JSON.stringify({ ...figures, share, cores: availableParallelism(), load }));
} else {
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  const spread = (values: readonly number[]): string => `${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)}`;
  console.log(`
${mb(figures.bytes)} to a newcomer, ${peers} peers on the same machine (${availableParallelism()} cores of ${cpus()[0].model.trim()}, Node ${process.versions.node}, load ${load.toFixed(1)} before)

one plain stream from one peer        ${stream.toFixed(0).padStart(6)} MB/s   (${spread(figures.stream)})
the model from one, checked, on disk  ${single.toFixed(0).padStart(6)} MB/s   (${spread(figures.single)})
the model from all, checked, on disk  ${sharing.toFixed(0).padStart(6)} MB/s   (${spread(figures.sharing)})   ${(100 * share).toFixed(0)} % of the stream
  to the first newcomer               ${figures.first.toFixed(0).padStart(6)} MB/s   (every peer hashes the model first)
CPU of the newcomer                   ${figures.newcomerCpu.toFixed(1).padStart(6)} s      (of the plain stream: ${figures.streamCpu.toFixed(1)} s)
CPU of all peers together             ${figures.peersCpu.toFixed(1).padStart(6)} s
a peer's event loop is late by        ${figures.late.lateP99.toFixed(0).padStart(6)} ms     (99th percentile; at most ${figures.late.lateMost.toFixed(0)} ms)
memory of a fetch to the disk         ${mb(figures.aheadBytes).padStart(9)}
killed with ${mb(figures.killedAt)} there, fetched then  ${mb(figures.fetchedAfter).padStart(9)}`);
}
