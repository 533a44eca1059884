import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sha256, toHex } from '../protocol/bytes.js';
import { PayloadStore } from './payload-store.js';

const root = mkdtempSync(join(tmpdir(), 'psyche-payloads-'));
after(() => rmSync(root, { recursive: true, force: true }));
const payload = (i: number, size = 100): Uint8Array => new Uint8Array(size).fill(i);

test('payloads outlive the process, within their bounds', async () => {
  const folder = join(root, 'kept');
  const store = new PayloadStore(folder, { maxBytes: 250 });
  assert.deepEqual(await Promise.all([1, 2, 3].map((i) => store.put(sha256(payload(i)), payload(i)))), [true, true, false]);
  assert.equal(await store.put(sha256(payload(1)), payload(1)), true, 'it is there already');
  assert.equal(store.bytes, 200);
  writeFileSync(join(folder, `${'ab'.repeat(32)}.bin.part`), 'half');
  mkdirSync(join(folder, 'of somebody else'));

  const again = new PayloadStore(folder, { maxBytes: 250 });
  assert.deepEqual(await again.get(sha256(payload(2))), payload(2));
  assert.equal(await again.get(sha256(payload(3))), undefined);
  await again.keep(new Set([toHex(sha256(payload(2)))]));
  assert.deepEqual(readdirSync(folder), [`${toHex(sha256(payload(2)))}.bin`]);
  assert.equal(again.bytes, 100);
  assert.equal(await again.put(sha256(payload(3)), payload(3)), true);
});

test('a torn payload is none, and makes room', async () => {
  const folder = join(root, 'torn');
  const store = new PayloadStore(folder, { maxBytes: 1000 });
  for (const damage of [(b: Buffer) => b.subarray(1), (b: Buffer) => Buffer.concat([Buffer.of(9), b.subarray(1)])]) {
    await store.put(sha256(payload(1)), payload(1));
    const path = join(folder, readdirSync(folder)[0]);
    writeFileSync(path, damage(readFileSync(path)));
    assert.equal(await store.get(sha256(payload(1))), undefined);
    assert.deepEqual([store.bytes, readdirSync(folder)], [0, []]);
  }
});

test('the end of the disk is left to others', async () => {
  let free = 2e9;
  const store = new PayloadStore(join(root, 'full'), { maxBytes: 1e12, free: async () => free });
  assert.equal(await store.put(sha256(payload(1)), payload(1)), true);
  free = 1e9;
  assert.equal(await store.put(sha256(payload(2)), payload(2)), false);
  assert.equal(await store.diskHasRoom(0), true);
  assert.equal(await store.diskHasRoom(1), false);
});
