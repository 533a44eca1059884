import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatAmount, parseAmount, parseFraction } from './amounts.js';

test('amounts are exact both ways', () => {
  assert.equal(parseAmount('12.5', 6), 12_500_000n);
  assert.equal(parseAmount('1_000', 0), 1000n);
  assert.equal(parseAmount('0.000001000', 6), 1n);
  assert.equal(formatAmount(1n, 6), '0.000001');
  assert.equal(formatAmount(5n, 0), '5');
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.integer({ min: 0, max: 18 }), (units, decimals) => {
    assert.equal(parseAmount(formatAmount(units, decimals), decimals), units);
  }));
});

test('what is no amount is refused', () => {
  for (const text of ['', '-1', '1e3', '.5', '1.', '1.2.3', '0.0000001', '18446744073709.551616', 'ten']) {
    assert.throws(() => parseAmount(text, 6), { code: 'BAD_AMOUNT' }, text);
  }
});

test('rates are decimals or fractions, in lowest terms', () => {
  assert.deepEqual(parseFraction('0.25', 'rate'), { num: 1n, den: 4n });
  assert.deepEqual(parseFraction('2/6', 'rate'), { num: 1n, den: 3n });
  assert.deepEqual(parseFraction('0', 'rate'), { num: 0n, den: 1n });
  for (const text of ['1/0', '', '1/', '-1', '1e-3']) assert.throws(() => parseFraction(text, 'rate'), { code: 'BAD_AMOUNT' }, text);
});
