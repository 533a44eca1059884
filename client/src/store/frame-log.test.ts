import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FrameLog, frameOf, MAX_FRAME_BYTES } from './frame-log.js';

const folder = mkdtempSync(join(tmpdir(), 'psyche-frames-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const frames = [Uint8Array.of(1), new Uint8Array(300).fill(7), new Uint8Array(0), Uint8Array.of(2, 3)];
async function written(name: string): Promise<string> {
  const path = join(folder, name);
  const { log } = await FrameLog.open(path, 1e6);
  for (const frame of frames) await log.append(frame);
  assert.equal(log.bytes, readFileSync(path).length);
  await log.close();
  return path;
}
async function read(path: string, most = 1e6): Promise<number[][]> {
  const { log, frames: found } = await FrameLog.open(path, most);
  await log.close();
  return found.map((f) => [...f]);
}

test('wherever a crash cuts the file, the records before it are there and the next one follows them', async () => {
  const path = await written('cut');
  const all = frames.map((f) => [...f]);
  assert.deepEqual(await read(path), all);
  const ends = frames.map((_, i) => frames.slice(0, i + 1).reduce((sum, f) => sum + frameOf(f).length, 0));
  const whole = readFileSync(path);
  for (const length of [whole.length - 1, ends[2] + 1, ends[1] + 12, ends[1], ends[1] - 1, ends[0] + 5, 3, 0]) {
    writeFileSync(path, whole.subarray(0, length));
    const kept = all.slice(0, ends.filter((end) => end <= length).length);
    assert.deepEqual(await read(path), kept, `${length} bytes`);
    const { log } = await FrameLog.open(path, 1e6);
    await log.append(Uint8Array.of(9));
    await log.close();
    assert.deepEqual(await read(path), [...kept, [9]]);
  }
});

test('what a bad disk or a stranger wrote is not read, and what is too much is not either', async () => {
  const path = await written('damaged');
  const whole = readFileSync(path);
  whole[20] ^= 1;
  writeFileSync(path, whole);
  assert.deepEqual(await read(path), [[1]], 'and what comes after is cut off');
  assert.equal(readFileSync(path).length, frameOf(frames[0]).length);
  const huge = Buffer.alloc(12, 255);
  appendFileSync(path, huge);
  assert.deepEqual(await read(path), [[1]]);
  const long = await written('long');
  assert.equal((await read(long, frameOf(frames[0]).length + 5)).length, 1);
  truncateSync(long, 0);
  assert.deepEqual(await read(long), []);
  assert.throws(() => frameOf(new Uint8Array(MAX_FRAME_BYTES + 1)), RangeError);
});
