import assert from 'node:assert/strict';
import { readdirSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import bs58 from 'bs58';
import { announcementOf, SECRET_KEYS } from '../p2p/testing.js';
import { StateDir } from '../store/state-dir.js';
import { Evidence } from './evidence.js';

const root = mkdtempSync(join(tmpdir(), 'psyche-evidence-'));
after(() => rmSync(root, { recursive: true, force: true }));
const [cheat, other] = SECRET_KEYS;
const keyOf = (secretKey: Uint8Array): string => bs58.encode(secretKey.subarray(32));
const announce = (secretKey: Uint8Array, salt: number, round = 0, epoch = 3) => announcementOf(secretKey, 1, Uint8Array.of(salt), { round, epoch });

test('a proof outlives a restart within its epoch, and what proves nothing is not kept', () => {
  const store = StateDir.open(root, 'run', 'node');
  const evidence = new Evidence(store);
  const [first, second] = [announce(cheat, 1), announce(cheat, 2)];
  const none: [string, ReturnType<typeof announce>, ReturnType<typeof announce>][] = [
    [keyOf(cheat), first, first],
    [keyOf(cheat), first, announce(cheat, 2, 1)],
    [keyOf(cheat), first, announce(other, 2)],
    [keyOf(other), first, second],
  ];
  for (const [key, a, b] of none) assert.equal(evidence.file(key, a, b, 10), undefined);
  assert.deepEqual(evidence.of(3), []);

  const filed = evidence.file(keyOf(cheat), first, second, 11)!;
  assert.deepEqual([filed.key, filed.epoch, filed.round, filed.index], [keyOf(cheat), 3, 0, 1]);
  assert.equal(evidence.file(keyOf(cheat), first, announce(cheat, 3), 12), undefined, 'one is enough');

  const folder = join(store.folder, 'proofs');
  writeFileSync(join(folder, '3-damaged.bin'), Buffer.alloc(800));
  store.saveProof(3, 'hostile', Buffer.alloc(32 + 2 * first.bytes.length, 7));
  const again = new Evidence(store);
  again.open(3, 20);
  assert.deepEqual(again.of(3), [{ equivocation: filed, seenAt: 20 }]);
  again.open(4, 21);
  assert.deepEqual([again.of(3), again.of(4), readdirSync(folder)], [[], [], []]);
  store.close();
});
