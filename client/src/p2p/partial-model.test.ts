import assert from 'node:assert/strict';
import { mkdtemp, open, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CHUNK_BYTES, chunkLeaves, parameterRoot } from '../protocol/merkle.js';
import { ModelFile, removeDownloads } from './partial-model.js';
import { RANGE_BYTES } from './serving-limits.js';
import { someBytes } from './testing.js';

const MODEL = someBytes(2 * RANGE_BYTES + CHUNK_BYTES + 4);
const ROOT = parameterRoot(MODEL);
const LEAVES = chunkLeaves(MODEL);
const live = new AbortController().signal;
const range = (i: number): Uint8Array => MODEL.subarray(i * RANGE_BYTES, (i + 1) * RANGE_BYTES);

const root = await mkdtemp(join(tmpdir(), 'psyche-partial-'));
after(() => rm(root, { recursive: true, force: true }));

/** A file with the leaves and some ranges, closed as a crash would leave it. */
async function begun(name: string, ranges: number[]): Promise<{ folder: string; path: string }> {
  const folder = join(root, name);
  const file = await ModelFile.open(folder, ROOT, MODEL.length);
  assert.equal(file.leaves, undefined);
  assert.deepEqual(await file.present(live), new Set());
  await file.keepLeaves(LEAVES);
  for (const i of ranges) await file.write(i, range(i));
  await file.close();
  return { folder, path: join(folder, (await readdir(folder))[0]) };
}

test('a later process finds what was checked, and the whole in the end', async () => {
  const { folder } = await begun('resumed', [2, 0]);
  const file = await ModelFile.open(folder, ROOT, MODEL.length);
  assert.deepEqual(file.leaves, LEAVES);
  assert.deepEqual(await file.present(live), new Set([0, 2]));
  await file.write(1, range(1));
  assert.deepEqual(await file.content(live), MODEL);
  await file.close();
  await removeDownloads(folder);
  assert.deepEqual(await readdir(folder), []);
  await removeDownloads(join(root, 'no such folder'));
});

test('a torn range is not there', async () => {
  const { folder, path } = await begun('torn', [0, 1, 2]);
  const raw = await open(path, 'r+');
  await raw.write(Buffer.alloc(4096), 0, 4096, RANGE_BYTES + 5);
  await raw.close();
  const file = await ModelFile.open(folder, ROOT, MODEL.length);
  assert.deepEqual(await file.present(live), new Set([0, 2]));
  const gone = new Error('enough');
  await assert.rejects(file.present(AbortSignal.abort(gone)), gone);
  await file.close();
});

test('a file that is cut, damaged in its hashes, or something else is begun anew', async () => {
  const { folder, path } = await begun('damaged', [0, 1, 2]);
  const { size } = await stat(path);
  const damage: (() => Promise<unknown>)[] = [
    () => truncate(path, size - 1),
    () => truncate(path, 0),
    () => writeFile(path, someBytes(size)),
    () => writeFile(path, someBytes(size + 1)),
  ];
  for (const spoil of damage) {
    await spoil();
    const file = await ModelFile.open(folder, ROOT, MODEL.length);
    assert.equal(file.leaves, undefined);
    assert.deepEqual(await file.present(live), new Set());
    await file.close();
    assert.equal((await stat(path)).size, 0);
  }
});

test('what is left of other models goes, and nothing else', async () => {
  const { folder } = await begun('others', [0]);
  await writeFile(join(folder, 'optimizer.bin'), 'x');
  const other = parameterRoot(range(0));
  await (await ModelFile.open(folder, other, RANGE_BYTES)).close();
  assert.deepEqual((await readdir(folder)).sort(), [`${Buffer.from(other).toString('hex')}.model`, 'optimizer.bin'].sort());
});

test('a disk that does not take it is told with the path', async () => {
  await writeFile(join(root, 'a file'), '');
  await assert.rejects(ModelFile.open(join(root, 'a file'), ROOT, MODEL.length), { code: 'CANNOT_STORE', message: /a file/ });
  const { folder, path } = await begun('shorter', []);
  const file = await ModelFile.open(folder, ROOT, MODEL.length);
  await truncate(path, 10);
  await assert.rejects(file.content(live), { code: 'CANNOT_STORE' });
  assert.deepEqual(await file.present(live), new Set());
  await file.close();
});
