import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sha256 } from '../protocol/bytes.js';
import { parameterRoot } from '../protocol/merkle.js';
import type { AppliedRound } from '../store/epoch-journal.js';
import { StateDir } from '../store/state-dir.js';
import type { Context } from './context.js';
import { History } from './history.js';
import { replay, ReplayFailure } from './replaying.js';

const root = mkdtempSync(join(tmpdir(), 'psyche-history-'));
after(() => rmSync(root, { recursive: true, force: true }));

const HOUR = 3_600_000;
const state = (i: number): Uint8Array => new Uint8Array(1000).fill(i);
const payload = (round: number): Uint8Array => new Uint8Array(100).fill(round + 1);
const applied = (round: number): AppliedRound => ({
  round, step: round, entries: [{ index: 0, capacity: 1, commitmentHash: sha256(`c${round}`), payloadHash: sha256(payload(round)), payloadSize: 100 }],
});

/** An epoch that begins at state 0; after round r it is at state r + 1. */
function epoch(name: string, payloadBytes?: number) {
  const store = StateDir.open(root, 'run', name, payloadBytes);
  const said: string[] = [];
  let time = 0;
  const history = new History(store, (event) => said.push(event.event === 'warning' ? event.code : event.event), () => time);
  history.begin({ epoch: 5, startSlot: 9n, round: -1, root: parameterRoot(state(0)) }, state(0));
  const note = (round: number): Promise<void> => history.note(applied(round), [payload(round)]);
  const agree = (round: number): void => history.agreed(round, parameterRoot(state(round + 1)), () => state(round + 1));
  return { store, history, said, note, agree, later: (ms: number) => void (time += ms), files: () => readdirSync(join(store.folder, 'payloads')).length };
}

/** What a process started now would find. */
async function found(name: string): Promise<{ base: number; rounds: number[]; parameters: number | undefined } | undefined> {
  const store = StateDir.open(root, 'run', name);
  const history = new History(store, () => {});
  const there = await history.load(5, 9n);
  const parameters = there ? await history.parameters() : undefined;
  await store.close();
  return there ? { base: history.base!.round, rounds: history.rounds.map((r) => r.round), parameters: parameters?.[0] } : undefined;
}

test('what a quorum agreed on becomes the base once in a while, and what led there is let go of', async () => {
  const { store, history, note, agree, later, files } = epoch('snapshots');
  for (let round = 0; round < 3; round++) await note(round);
  agree(1);
  await history.settled();
  assert.deepEqual([history.base!.round, history.writtenThrough, files()], [-1, 2, 3], 'too early');
  assert.deepEqual(await history.parameters(), state(0));

  later(HOUR);
  agree(2);
  await note(3);
  await history.settled();
  assert.deepEqual([history.base!.round, history.rounds.map((r) => r.round), files()], [2, [3], 1]);
  assert.deepEqual(await history.parameters(), state(3), 'from the disk');

  later(HOUR);
  agree(3);
  await history.settled();
  assert.equal(readdirSync(store.folder).filter((n) => n.startsWith('snapshot-')).length, 1);
  await note(4);
  await history.settled();
  await store.close();
  assert.deepEqual(await found('snapshots'), { base: 3, rounds: [4], parameters: 4 });
  assert.equal(await new History(store, () => {}).load(6, 9n), false, 'another epoch');
  await store.journal.close();
});

test('a disk share that is used up ends what is kept, and the next snapshot begins it anew', async () => {
  const { store, history, said, note, agree, later, files } = epoch('small', 250);
  for (let round = 0; round < 4; round++) await note(round);
  await history.settled();
  assert.deepEqual([said, history.writtenThrough, files()], [['EPOCH_NOT_KEPT'], 1, 2]);
  assert.deepEqual(history.rounds.map((r) => r.round), [0, 1, 2, 3], 'memory has it all');
  later(1);
  agree(3);
  await note(4);
  await history.settled();
  assert.deepEqual([history.writtenThrough, files()], [4, 1]);
  await store.close();
  assert.deepEqual(await found('small'), { base: 3, rounds: [4], parameters: 4 });
  assert.deepEqual(said, ['EPOCH_NOT_KEPT'], 'told once');
});

test('who keeps nothing on disk writes nothing, and a disk that fails stops nobody', async () => {
  const none = epoch('none', 0);
  await none.note(0);
  none.later(HOUR);
  none.agree(0);
  await none.history.settled();
  assert.deepEqual([none.said, none.history.writtenThrough, existsSync(join(none.store.folder, 'epoch.log'))], [[], -1, false]);
  await none.store.close();

  const broken = epoch('broken');
  await broken.history.settled();
  await broken.store.journal.close();
  rmSync(join(broken.store.folder, 'payloads'), { recursive: true });
  await broken.note(0);
  await broken.note(1);
  await broken.history.settled();
  assert.deepEqual([broken.said, broken.history.rounds.length], [['EPOCH_NOT_KEPT'], 2]);
  await broken.store.close();
});

test('where nothing goes to the disk, lists whose payloads are gone do not pile up, and are not replayed in part', async () => {
  const { store, history, note } = epoch('diskless', 0);
  for (let round = 0; round < 5; round++) await note(round);
  history.cut(3);
  assert.deepEqual(history.rounds.map((r) => r.round), [3, 4]);
  const context = { engine: {}, manifest: { hashInterval: 1 } } as unknown as Context;
  await assert.rejects(replay(context, history, [], new AbortController().signal), ReplayFailure);
  await store.close();

  const kept = epoch('with-disk');
  for (let round = 0; round < 5; round++) await kept.note(round);
  kept.history.cut(3);
  assert.equal(kept.history.rounds.length, 5);
  await kept.history.settled();
  await kept.store.close();
});
