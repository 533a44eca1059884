import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { codeMark, fingerprint, shrunk } from './fingerprint.js';
import { withFigures } from './page.js';
import { plot } from './plot.js';
import { appendRecord, readRecords, type TrialRecord } from './records.js';
import { BUDGET, CONTROL, QUICK_ROWS, ROWS, withSettings } from './rows.js';
import { benchOf, summarize, type Bench } from './summary.js';
import { table } from './table.js';
import { runTrial } from './trial.js';
import { trialOf } from './trials.js';

const text = new Uint8Array(await readFile('data/tinyshakespeare.txt'));
const row = (id: string) => ROWS.find((r) => r.id === id)!;

/** Records as a finished comparison would have them, with losses that are easy to recognise. */
function records(loss: (id: string, seed: number) => number): TrialRecord[] {
  return [1, 2, 3].flatMap((seed) =>
    ROWS.map((r): TrialRecord => {
      const { batch, steps, workers } = trialOf(r, seed, text, BUDGET);
      const up = workers > 1 ? 100 + r.id.length : 0;
      return {
        row: r.id, seed, batch, steps, workers, fingerprint: `${r.id}-${seed}`, machine: 'test',
        result: {
          loss: loss(r.id, seed), curve: [[0, 6], [steps / 2, 3], [steps, loss(r.id, seed)]], sequences: batch * steps, bytesUp: up, bytesDown: up * (workers - 1),
          tokens: batch * steps * 64, seconds: 20, cpuSeconds: 10, parts: { gradient: 6, contribute: 2, apply: 2, evaluate: 1 }, backend: 'test',
        },
      };
    }),
  );
}

test('a trial gives the same payloads, parameters and loss whenever it is run', async () => {
  for (const id of [CONTROL, 'distro-8-1bit', 'distro-8-1bit-delayed', 'sparseloco-15-3']) {
    const trial = shrunk(trialOf(row(id), 1, text, BUDGET));
    const once = async () => {
      const hash = createHash('sha256');
      let pieces = 0;
      const { loss, bytesUp, sequences, curve } = await runTrial(trial, text.subarray(0, 4000), {
        backend: 'wasm', points: 1, inspect: (bytes) => (pieces++, hash.update(bytes)),
      });
      assert.equal(pieces, 3 * trial.workers + 1);
      return { hash: hash.digest('hex'), loss, bytesUp, sequences, curve };
    };
    const first = await once();
    assert.deepEqual(await once(), first, id);
    assert.equal(first.sequences, trial.batch * trial.steps);
    assert.ok(first.loss > 0 && first.loss < 7);
    assert.ok(first.bytesUp > 0);
  }
});

test('a fingerprint tells settings, seeds and code apart', async () => {
  const trial = trialOf(row('distro-8-1bit'), 1, text, BUDGET);
  const code = await codeMark(trial, text);
  assert.equal(await codeMark(trialOf(row('distro-8-1bit'), 1, text, BUDGET), text), code);
  assert.notEqual(await codeMark(trialOf(row('distro-4-1bit'), 1, text, BUDGET), text), code);
  const marks = [
    fingerprint(trial, code),
    fingerprint(trial, 'other'),
    fingerprint(trialOf(row('distro-8-1bit'), 2, text, BUDGET), code),
    fingerprint(trialOf(row('distro-8-1bit'), 1, text, { ...BUDGET, steps: 300 }), code),
  ];
  assert.equal(new Set(marks).size, marks.length);
});

test('rows of the common budget see the same tokens, in whole rounds', () => {
  assert.equal(new Set(ROWS.map((r) => r.id)).size, ROWS.length);
  assert.ok(QUICK_ROWS.every((id) => row(id)));
  for (const r of ROWS) {
    const { batch, steps, workers, manifest } = trialOf(r, 1, text, BUDGET);
    if (!r.budget) assert.equal(batch * steps, BUDGET.batch * BUDGET.steps, r.id);
    assert.equal(batch % workers, 0);
    const h = manifest.optimizer.kind === 'sparseloco' ? manifest.optimizer.localSteps : 1;
    assert.equal(manifest.schedule.totalSteps * h, steps);
  }
});

test('the table and the plot say what the records say', () => {
  const bench = benchOf(ROWS, records((id, seed) => (id === CONTROL ? 2 : 2.02) + seed / 1000), [1, 2, 3], BUDGET);
  const control = summarize(bench).find((s) => s.id === CONTROL)!;
  assert.ok(Math.abs(control.loss.mean - 2.002) < 1e-9 && Math.abs(control.loss.deviation - 0.001) < 1e-9);
  assert.equal(control.gap, undefined);
  const distro = summarize(bench).find((s) => s.id === 'distro-8-1bit')!;
  assert.ok(Math.abs(distro.gap!.mean - 0.01) < 1e-4 && distro.gap!.count === 3);
  assert.equal(distro.tokensPerSecond, (BUDGET.batch * BUDGET.steps * 64) / 10);
  const lines = table(bench).split('\n');
  assert.equal(lines.filter((line) => line.startsWith('| ')).length, ROWS.length + 1);
  assert.match(lines.find((line) => line.includes('k = 8, 1 bit |') || line.includes('k = 8, 1 bit '))!, /2\.022 ± 0\.001 .*\+1\.0 ± 0\.0 %/);
  const svg = plot(bench);
  assert.match(svg, /^<svg .*<\/svg>\n$/s);
  assert.ok(!/NaN|undefined|Infinity/.test(svg));
  assert.ok(svg.includes('prefers-color-scheme: dark'));
});

test('other settings go to the rows that have them, and to no others', () => {
  const rows = withSettings(ROWS, ['optimizer.compressionDecay=0.5', 'schedule.baseLearningRate=0.003', 'optimizer.compressionTopk=5']);
  for (const { optimizer, schedule } of rows) {
    assert.equal(schedule.baseLearningRate, '0.003');
    if (optimizer.kind === 'distro') assert.equal(optimizer.compressionDecay, '0.5');
    if (optimizer.kind !== 'adamw') assert.equal(optimizer.compressionTopk, 5);
    else assert.ok(!('compressionTopk' in optimizer));
  }
  for (const bad of ['optimizer.nothing=1', 'optimizer.compressionTopk=some', 'manifest.version=2', 'x']) assert.throws(() => withSettings(ROWS, [bad]), RangeError);
});

test('what is missing is said', () => {
  const some = records(() => 2).filter((r) => r.row === CONTROL || (r.row === 'distro-8-1bit' && r.seed === 1));
  const text = table(benchOf(ROWS, some, [1, 2, 3], BUDGET));
  assert.match(text, /\(1 of 3 seeds\)/);
  assert.match(text, /Not run yet: AdamW, nanoGPT's recipe/);
  assert.ok(!/NaN|undefined/.test(plot(benchOf(ROWS, [], [1], BUDGET)) + plot(benchOf(ROWS, some, [1, 2, 3], BUDGET))));
});

test('the page and the plot are those of the published figures', async () => {
  const bench = JSON.parse(await readFile('docs/training/bench.json', 'utf8')) as Bench;
  const page = await readFile('docs/training.md', 'utf8');
  assert.equal(withFigures(page, bench), page, 'npm run bench:training -- --report --write');
  assert.equal(await readFile('docs/training/bench.svg', 'utf8'), plot(bench), 'npm run bench:training -- --report --write');
  assert.throws(() => withFigures('no marks', bench), RangeError);
});

test('records outlive an interruption', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'psyche-bench-'));
  try {
    const path = join(folder, 'sub', 'records.jsonl');
    assert.deepEqual(await readRecords(path), []);
    const [first, second] = records(() => 2);
    await appendRecord(path, first);
    await writeFile(path, `${await readFile(path, 'utf8')}{"row":"cut off`);
    await appendRecord(path, second);
    assert.deepEqual(await readRecords(path), [first, second]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
