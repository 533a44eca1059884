import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type AppliedRound, type EpochBase, EpochJournal } from './epoch-journal.js';
import { frameOf } from './frame-log.js';

const folder = mkdtempSync(join(tmpdir(), 'psyche-journal-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const bytes = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const base: EpochBase = { epoch: 3, startSlot: 12_345_678_901n, round: -1, root: bytes(1) };
const entry = (index: number) => ({ index, capacity: 2, commitmentHash: bytes(index), payloadHash: bytes(100 + index), payloadSize: 7 });
const round = (number: number): AppliedRound =>
  number % 2 === 0 ? { round: number, step: number, entries: [entry(0), entry(255)], hash: bytes(50) } : { round: number, step: number, entries: [] };

test('an epoch comes back as far as it was written, and can be gone on with', async () => {
  const path = join(folder, 'epoch.log');
  const journal = new EpochJournal(path);
  assert.equal(await journal.append(round(0)), false, 'nothing has begun');
  await journal.begin(base);
  for (let r = 0; r < 4; r++) assert.equal(await journal.append(round(r)), true);
  await journal.close();

  const again = new EpochJournal(path);
  assert.deepEqual(await again.load(), { base, rounds: [0, 1, 2, 3].map(round) });
  await again.append(round(4));
  await again.close();
  writeFileSync(path, readFileSync(path).subarray(0, -1));
  const torn = new EpochJournal(path);
  assert.deepEqual((await torn.load())!.rounds, [0, 1, 2, 3].map(round));

  // A later base takes the place of all before it.
  const later = { ...base, round: 3, root: bytes(9) };
  await torn.begin(later, [round(4)]);
  await torn.append(round(5));
  assert.deepEqual(await torn.load(), { base: later, rounds: [4, 5].map(round) });
  await torn.close();
});

test('records that are none, or do not follow one another, are as good as not there', async () => {
  const path = join(folder, 'hostile.log');
  const journal = new EpochJournal(path);
  assert.equal(await journal.load(), undefined);
  for (const first of [Uint8Array.of(), Uint8Array.of(2), new Uint8Array(49), new Uint8Array(50).fill(1)]) {
    writeFileSync(path, frameOf(first));
    assert.equal(await journal.load(), undefined, `${first.length} bytes`);
  }
  await journal.begin(base, [round(0), round(2)]);
  assert.deepEqual((await journal.load())!.rounds, [round(0)]);
  await journal.append(round(1));
  assert.deepEqual((await journal.load())!.rounds, [round(0), round(1)]);
  await journal.close();
  const whole = readFileSync(path);
  for (const more of [Uint8Array.of(1), new Uint8Array(11).fill(255), new Uint8Array(11 + 31)]) {
    writeFileSync(path, Buffer.concat([whole, frameOf(more)]));
    assert.equal((await journal.load())!.rounds.length, 2);
    assert.deepEqual(readFileSync(path), whole, 'what cannot be read is not left in front of what comes next');
  }
  await journal.close();
});
