import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { PROJECT_ROOT } from '../../client/src/version.js';
import type { Bench } from './bench.js';
import { withFigures } from './page.js';
import { plot } from './plot.js';
import { distributionOf } from './statistics.js';
import type { CrewSummary } from './summary.js';

const crew: CrewSummary = {
  clients: 8, perProcess: 1, rounds: 4, trainMs: 5000, payloadBytes: 145_000, announcement: distributionOf([10, 20]), payload: distributionOf([100, 200]), askedFor: 0.01,
  peersUp: 1.2e6, peersDown: 1.1e6, least: 1e6, chainUp: 1e4, chainDown: 5e5, cpuMs: 700, rss: 1.5e8, roundMs: 9000, notTraining: 0.44, transactions: 10, units: 5e4, kinds: [],
  complete: 1, machineBusy: 0.4, validatorCpuMs: 300, warnings: {},
};
const tape = { parameters: 100e6, backend: 'wasm', maxPayloadBytes: 2e5, losses: [5], times: { check: 1, applyEach: 1, applyBase: 1, hash: 1, serialize: 1 }, payloadBytes: 145_000 };
const point = (trainMs: number) => ({ trainMs, rounds: 4, utilisation: trainMs / (trainMs + 4000), roundTrainMs: trainMs + 4000, seedMs: 1500, exchangeMs: 1500, closeMs: 1000 });

const bench: Bench = {
  machine: { processor: 'a processor', cores: 2, memoryBytes: 2 ** 35, node: 'v20' },
  tapes: { large: tape },
  layout: [crew, { ...crew, perProcess: 8, rss: 4e7 }],
  scale: [{ size: 'large', summary: crew }, { size: 'large', summary: { ...crew, clients: 16 } }],
  crowd: [{
    members: 256, rounds: 8, slotMs: 400, trainMs: 5000, roundMs: 8000, transactions: 34, units: 3e5, bytes: 1e4, kinds: [{ name: 'witness', count: 256, failed: 0, units: 1.8e6, fees: 1 }], slotUnits: 2e5,
    costliest: { name: 'settle', units: 1e5 }, lamports: { epoch: 2e4, fixed: 1.6e4, round: 700 }, priorityAt1000: { fixed: 10, round: 1 }, mostPaid: 5e4, leastPaid: 1e4, notices: 20,
    accountBytes: 36_536, decodeMs: 2, errors: { RPC_REFUSED: 2 },
  }],
  utilisation: { clients: 8, payloadBytes: 145_000, parameters: 100e6, slotMs: 400, line: { upBitsPerSecond: 10e6, downBitsPerSecond: 100e6, roundTripMs: 80 }, points: [1000, 64_000, 80_000].map(point), smallest: { trainMs: 80_000, utilisation: 0.952 } },
};

test('the page has a place for each table, and takes new figures in place of the old ones', async () => {
  const page = await readFile(join(PROJECT_ROOT, 'docs', 'network-scale.md'), 'utf8');
  const filled = withFigures(page, bench);
  for (const part of ['| 8, large', 'The smallest T with at least 95 %: 80.0 s', '| `witness` ', 'RPC_REFUSED 2×', 'From 87 members on', '| 32, 20 %']) assert.ok(filled.includes(part), `${part} is missing`);
  assert.ok(!filled.includes('Not measured yet') && !filled.includes('NaN') && !filled.includes('undefined'));
  assert.equal(withFigures(filled, bench), filled);
  const empty = withFigures(filled, { machine: bench.machine, tapes: {}, layout: [], scale: [], crowd: [] });
  assert.equal(empty.match(/Not measured yet/g)?.length, 4);
  assert.throws(() => withFigures('nothing', bench), RangeError);
});

test('the curve is drawn with the goal and every T that was tried', () => {
  const svg = plot(bench.utilisation!);
  assert.equal(svg.match(/<circle/g)?.length, 3);
  assert.ok(svg.includes('from T = 80 s on') && !svg.includes('NaN'));
});
