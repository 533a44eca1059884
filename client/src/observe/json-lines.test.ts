import assert from 'node:assert/strict';
import test from 'node:test';
import { LineSplitter, parseEvent } from './json-lines.js';

function split(...chunks: string[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  return lines;
}

test('lines are put together across chunks, and characters across bytes', () => {
  assert.deepEqual(split('{"a"', ':1}\n{"b":2}\r\nrest'), ['{"a":1}', '{"b":2}', 'rest']);
  const bytes = Buffer.from('é\n');
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  splitter.push(bytes.subarray(0, 1));
  splitter.push(bytes.subarray(1));
  assert.deepEqual(lines, ['é']);
});

test('a line without end is cut, and the next one is whole again', () => {
  const lines = split('x'.repeat(70_000), 'y'.repeat(70_000), '\nnext\n');
  assert.equal(lines.length, 2);
  assert.equal(lines[0].length, 64 * 1024);
  assert.equal(lines[1], 'next');
});

test('only objects with an event are events', () => {
  assert.equal(parseEvent('{"event":"points","points":"3","epochPoints":"1"}')?.event, 'points');
  for (const line of ['', 'text', '[1]', 'null', '{', '{"event":1}', '{}', '"event"']) assert.equal(parseEvent(line), undefined);
});
