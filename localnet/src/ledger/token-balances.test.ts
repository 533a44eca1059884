import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { uiAmount } from './token-balances.js';

describe('uiAmount', () => {
  it('puts the point where the decimals say, without trailing zeros', () => {
    const text = (amount: bigint, decimals: number): string => uiAmount(amount, decimals).uiAmountString;
    assert.equal(text(0n, 6), '0');
    assert.equal(text(1n, 6), '0.000001');
    assert.equal(text(1_500_000n, 6), '1.5');
    assert.equal(text(100n, 0), '100');
    assert.equal(text(1_000_000n, 6), '1');
    assert.equal(text(100_000_000n, 6), '100');
    assert.equal(text(2n ** 64n - 1n, 9), '18446744073.709551615');
    assert.deepEqual(uiAmount(250n, 2), { amount: '250', decimals: 2, uiAmount: 2.5, uiAmountString: '2.5' });
  });
});
