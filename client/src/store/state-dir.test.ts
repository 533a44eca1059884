import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PsycheError } from '../errors.js';
import { StateDir } from './state-dir.js';

const root = mkdtempSync(join(tmpdir(), 'psyche-store-'));
after(() => rmSync(root, { recursive: true, force: true }));

test('a commitment comes back byte for byte and is pruned with its epoch', () => {
  const state = StateDir.open(root, 'run', 'a');
  const stored = { announcement: Uint8Array.of(1, 2, 3), payload: Uint8Array.of(9, 8) };
  state.saveCommitment(3, 7, stored);
  state.saveCommitment(4, 0, stored);
  const back = state.loadCommitment(3, 7)!;
  assert.deepEqual([...back.announcement], [1, 2, 3]);
  assert.deepEqual([...back.payload], [9, 8]);
  state.pruneCommitments(4);
  assert.equal(state.loadCommitment(3, 7), undefined);
  assert.ok(state.loadCommitment(4, 0));
  state.saveCommitment(4, 11, stored);
  state.pruneCommitments(4, 11);
  assert.equal(state.loadCommitment(4, 0), undefined);
  assert.ok(state.loadCommitment(4, 11));
  state.close();
});

test('a damaged file is noticed, not loaded', async () => {
  const state = StateDir.open(root, 'run', 'b');
  await state.saveOptimizer(new Uint8Array(100), 7);
  assert.deepEqual([state.loadOptimizer()!.bytes.length, state.loadOptimizer()!.step], [100, 7]);
  const path = join(state.folder, 'optimizer.bin');
  const raw = readFileSync(path);
  raw[60]! ^= 1;
  writeFileSync(path, raw);
  const damaged = (e: unknown): boolean => e instanceof PsycheError && e.code === 'STATE_FILE_DAMAGED';
  assert.throws(() => state.loadOptimizer(), damaged);
  for (const length of [0, 31, 32, 131]) {
    writeFileSync(path, raw.subarray(0, length));
    assert.throws(() => state.loadOptimizer(), damaged, `${length} bytes`);
  }
  state.close();
});

test('parameters are kept under their root, with those they may not replace yet', async () => {
  const state = StateDir.open(root, 'run', 'c');
  await state.saveParameters('aa', Uint8Array.of(1), []);
  await state.saveParameters('bb', Uint8Array.of(2), ['aa']);
  assert.deepEqual([...(await state.readParameters('aa'))!], [1]);
  await state.saveParameters('cc', Uint8Array.of(3), ['bb']);
  assert.equal(await state.readParameters('aa'), undefined);
  assert.deepEqual([...(await state.readParameters('bb'))!], [2]);
  assert.deepEqual(readdirSync(state.folder).filter((n) => n.endsWith('.part')), []);
  state.close();
});

test('ports are kept, and what is none is not', () => {
  const state = StateDir.open(root, 'run', 'e');
  assert.deepEqual(state.loadPorts(), {});
  state.savePorts({ tcp: 4001, ws: 70_000 });
  assert.deepEqual(state.loadPorts(), { tcp: 4001 });
  writeFileSync(join(state.folder, 'ports.bin'), 'torn');
  assert.deepEqual(state.loadPorts(), {});
  writeFileSync(join(state.folder, 'optimizer.bin.part'), 'half');
  void state.close();
  void StateDir.open(root, 'run', 'e').close();
  assert.ok(!readdirSync(state.folder).includes('optimizer.bin.part'), 'what a crash left is swept away');
});

test('a second process is kept out, a dead one is not', () => {
  const state = StateDir.open(root, 'run', 'd');
  assert.throws(() => StateDir.open(root, 'run', 'd'), (e) => e instanceof PsycheError && e.code === 'STATE_LOCKED');
  state.close();
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  writeFileSync(join(state.folder, 'lock'), `${dead} 1`);
  StateDir.open(root, 'run', 'd').close();
});
