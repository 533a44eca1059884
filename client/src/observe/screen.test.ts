import assert from 'node:assert/strict';
import test from 'node:test';
import { isLive, Screen } from './screen.js';

test('only a real terminal gets a picture that redraws itself', () => {
  const tty = { write: () => true, isTTY: true };
  assert.equal(isLive(tty, {}), true);
  assert.equal(isLive(tty, { NO_COLOR: '1' }), false);
  assert.equal(isLive(tty, { TERM: 'dumb' }), false);
  assert.equal(isLive({ write: () => true }, {}), false);
});

test('a picture replaces the one before and keeps to the terminal’s height', () => {
  const written: string[] = [];
  const screen = new Screen({ write: (t) => written.push(t), rows: 4, columns: 80 });
  screen.draw(['a', 'b']);
  screen.draw(['1', '2', '3', '4', '5']);
  screen.draw(['x']);
  assert.ok(!written[0].includes('\x1b[2A'));
  assert.ok(written[1].includes('\x1b[2A') && written[1].includes('3') && !written[1].includes('4\x1b[K'));
  assert.ok(written[2].includes('\x1b[3A'));
  screen.close();
  assert.ok(written[3].includes('\x1b[?25h'));
});
