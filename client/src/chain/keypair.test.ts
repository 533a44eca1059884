import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readKeypair, writeNewKeypair } from './keypair.js';

let folder: string;
before(async () => void (folder = await mkdtemp(join(tmpdir(), 'psyche-keys-'))));
after(() => rm(folder, { recursive: true }));

test('a new key is read back, is its owner\'s alone, and is not overwritten', async () => {
  const path = join(folder, 'deep', 'id.json');
  const made = await writeNewKeypair(path);
  assert.deepEqual((await readKeypair(path)).secretKey, made.secretKey);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  await assert.rejects(writeNewKeypair(path), { code: 'KEYPAIR_EXISTS' });
  assert.notDeepEqual((await writeNewKeypair(path, true)).secretKey, made.secretKey);
});

test('what is no key says what is wrong', async () => {
  await assert.rejects(readKeypair(join(folder, 'none.json')), { code: 'KEYPAIR_NOT_FOUND' });
  const bad: [string, string, RegExp][] = [
    ['text', 'hello', /not JSON/],
    ['short', '[1,2,3]', /64 bytes/],
    ['range', JSON.stringify(Array(64).fill(256)), /64 bytes/],
    ['halves', JSON.stringify(Array(64).fill(1)), /public half/],
    ['long', ' '.repeat(5000), /5000 bytes/],
  ];
  for (const [name, text, message] of bad) {
    const path = join(folder, name);
    await writeFile(path, text);
    await assert.rejects(readKeypair(path), (e: Error & { code?: string }) => e.code === 'KEYPAIR_INVALID' && message.test(e.message), name);
  }
});
