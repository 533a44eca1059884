import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BytesTokenizer } from '../../training/tokenizer/index.js';
import { describeTransfer, TransferMeter } from './transfer-meter.js';
import { forTerminal, TextStream } from './write-text.js';

test('a character whose bytes come one by one is shown when it is whole', () => {
  const stream = new TextStream(new BytesTokenizer());
  const pieces = [...Buffer.from('aé漢!')].map((byte) => stream.push(byte));
  assert.deepEqual(pieces, ['a', '', 'é', '', '', '漢', '!']);
  assert.equal(stream.end(), '');
  assert.deepEqual([0xe6, 0x41, 0xff].map((byte) => stream.push(byte)), ['', '\ufffdA', '']);
  assert.equal(stream.end(), '\ufffd');
});

test('pieces that a tokenizer joins with blanks keep them', () => {
  const words = ['To', 'be', 'or'];
  const stream = new TextStream({ decode: (tokens) => Array.from(tokens, (t) => words[t]).join(' ') });
  assert.deepEqual([0, 1, 2].map((t) => stream.push(t)).join(''), 'To be or');
  assert.equal(forTerminal('a\n\tb\u001b[2J'), 'a\n\tb\ufffd[2J');
});

test('a transfer shows rate and time left, without what was there before', () => {
  const progress = { name: 'model.safetensors', done: 6_000_000, total: 10_000_000, skipped: 4_000_000 };
  assert.equal(describeTransfer(progress, 2), 'model.safetensors: 6.0 MB of 10 MB (60 %), 1.0 MB/s, 0:04 left');
  assert.equal(describeTransfer({ ...progress, done: 0, skipped: 0, total: 0 }, 0), 'model.safetensors: 0 B of 0 B (100 %)');
  const lines: string[] = [];
  let now = 0;
  const meter = new TransferMeter({ write: (line) => lines.push(line) }, () => now);
  for (now = 0; now < 25_000; now += 1000) meter.onProgress(progress);
  meter.end();
  assert.equal(lines.length, 2);
});
