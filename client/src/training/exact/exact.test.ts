import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cosinePi, roundScaled, squareRoot } from './cosine.js';
import { parseDecimal, toFloat32, UNIT } from './fixed-point.js';

test('the cosine of whole fractions of π is right to the last bit of a double', () => {
  for (const q of [1, 2, 3, 7, 64, 128]) {
    for (let p = -3 * q; p <= 3 * q; p++) {
      const value = Number(cosinePi(p, q) >> 100n) / 2 ** 60;
      assert.ok(Math.abs(value - Math.cos((Math.PI * p) / q)) < 1e-14, `cos(π·${p}/${q})`);
    }
  }
  assert.equal(cosinePi(0, 5), 1n << 160n);
  assert.equal(cosinePi(5, 5), -(1n << 160n));
});

test('rounding goes to the nearest whole number on both sides of zero', () => {
  const half = 1n << 159n;
  assert.equal(roundScaled(half, 3n), 2n);
  assert.equal(roundScaled(-half, 3n), -2n);
  assert.equal(roundScaled(half - 1n, 1n), 0n);
});

test('square roots are the floor of the true root', () => {
  for (let n = 0n; n < 2000n; n++) {
    const root = squareRoot(n);
    assert.ok(root * root <= n && (root + 1n) * (root + 1n) > n);
  }
  assert.equal(squareRoot(10n ** 60n), 10n ** 30n);
});

test('decimals are read exactly or not at all', () => {
  assert.equal(parseDecimal('1'), UNIT);
  assert.equal(parseDecimal('0.5'), UNIT / 2n);
  assert.equal(parseDecimal('0.001'), UNIT / 1000n);
  for (const bad of ['', '.5', '1.', '-1', '1e-3', ' 1', '0x1', '1234567', `0.${'1'.repeat(19)}`]) assert.equal(parseDecimal(bad), undefined, bad);
  assert.equal(toFloat32(parseDecimal('0.002')!), Math.fround(0.002));
});
