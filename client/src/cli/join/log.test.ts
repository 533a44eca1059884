import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textSink } from './log.js';

test('what others wrote reaches the terminal as one line without control characters', () => {
  const written: string[] = [];
  const emit = textSink({ write: (text) => written.push(text) });
  emit({ event: 'info', message: 'fetching it from https://a/\u001b]0;title\u0007\u009b2J\u202e\n12:00:00 all is well' });
  emit({ event: 'warning', code: 'X', message: '\u001b[31mred'.repeat(10_000) });
  assert.match(written[0], /^\d\d:\d\d:\d\d fetching it from https:\/\/a\/\ufffd\]0;title\ufffd\ufffd2J\ufffd 12:00:00 all is well\n$/);
  assert.ok(written[1].length < 5000 && !written[1].includes('\u001b'));
});
