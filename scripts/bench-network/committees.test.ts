import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyOf, chanceOf, committeeRisk } from './committees.js';

const near = (actual: number, expected: number): void => assert.ok(Math.abs(actual / expected - 1) < 1e-9, `${actual} is not ${expected}`);

test('chances of committees are those of drawing without putting back', () => {
  // Two of three drawn from five with two bad ones: C(2,2)·C(3,1) / C(5,3).
  near(chanceOf(5, 2, 3, 2), 3 / 10);
  near(chanceOf(5, 2, 3, 0), 1);
  assert.equal(chanceOf(5, 2, 3, 3), 0);
  // All four drawn: nothing is left to chance.
  near(chanceOf(4, 2, 4, 2), 1);
});

test('a larger committee is safer, and a committee blocks more easily than it decides', () => {
  const [small, large] = [committeeRisk(4096, 16, 0.2), committeeRisk(4096, 32, 0.2)];
  assert.ok(large.decides < small.decides && small.decides < small.blocks);
  near(anyOf(0.5, 2), 0.75);
  near(anyOf(1e-12, 64), 64e-12);
});
