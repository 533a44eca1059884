import assert from 'node:assert/strict';
import test from 'node:test';
import { Command } from 'commander';
import { addDevOptions, type DevOptions } from './options.js';

function parse(...args: string[]): DevOptions {
  const command = addDevOptions(new Command('dev')).exitOverride().configureOutput({ writeErr: () => {} });
  return command.parse(args, { from: 'user' }).opts<DevOptions>();
}

test('the defaults are the demo', () => {
  const options = parse();
  assert.equal(options.clients, 3);
  assert.equal(options.epochs, 2);
  assert.equal(options.output, 'text');
  assert.equal(options.url, undefined);
});

test('numbers are checked', () => {
  assert.equal(parse('--clients', '1', '--epochs', '5').epochs, 5);
  for (const bad of ['0', '17', '1.5', '-1', 'x', '', '1e1']) {
    assert.throws(() => parse('--clients', bad), /whole number from 1 to 16/, bad);
  }
  assert.throws(() => parse('--output', 'xml'), /Allowed choices are text, json/);
});
