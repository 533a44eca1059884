import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { joinCommand } from '../join/index.js';
import { chainOptions } from './chain-options.js';

const flagsOf = (command: Command, ...args: string[]): Record<string, unknown> => {
  command.exitOverride().configureOutput({ writeErr: () => {} });
  command.action(() => {}).parse(args, { from: 'user' });
  return command.opts();
};

test('RPC nodes are repeated, or have commas between them', () => {
  for (const make of [() => chainOptions(new Command()).option('--run <id>'), joinCommand]) {
    const { url, ws } = flagsOf(make(), '--run', 'demo', '-u', 'd', '--url', 'http://a,http://b', '--ws', '', '--ws', 'ws://a');
    assert.deepEqual([url, ws], ['d,http://a,http://b', ',ws://a']);
  }
});

test('prices are whole numbers, and nobody needs to give any', () => {
  const { withComputeUnitPrice, maxComputeUnitPrice } = flagsOf(chainOptions(new Command()), '--max-compute-unit-price', '5000');
  assert.deepEqual([withComputeUnitPrice, maxComputeUnitPrice], [undefined, 5000]);
  assert.throws(() => flagsOf(chainOptions(new Command()), '--with-compute-unit-price', '1.5'), { code: 'commander.invalidArgument' });
});
