import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PublicKey } from '@solana/web3.js';
import fc from 'fast-check';
import { AUTHORIZATION_DISCRIMINATOR, decodeAuthorization, permitsJoining } from './authorization.js';
import { JOIN_SCOPE } from './authorizer-calls.js';
import { ChainError } from './errors.js';

const key = (byte: number): PublicKey => new PublicKey(new Uint8Array(32).fill(byte));
const u32 = (n: number): number[] => [n, n >> 8, n >> 16, n >> 24].map((b) => b & 255);

/** An account as the program stores it: grantor 1, grantee 2. */
function account(scope: Uint8Array, delegates: readonly PublicKey[], active = 1): Uint8Array {
  const keys = delegates.flatMap((d) => [...d.toBytes()]);
  return Uint8Array.from([...AUTHORIZATION_DISCRIMINATOR, 1, 255, ...key(1).toBytes(), ...key(2).toBytes(), active, ...u32(scope.length), ...scope, ...u32(delegates.length), ...keys]);
}

test('an authorization permits grantee and delegates what its scope covers', () => {
  const run = key(9);
  const permits = (bytes: Uint8Array, who: number, where = run): boolean => permitsJoining(decodeAuthorization('here', bytes), key(1).toBase58(), key(who).toBase58(), where);
  const all = account(JOIN_SCOPE, [key(3), key(4)]);
  assert.deepEqual([2, 3, 4, 1, 5].map((who) => permits(all, who)), [true, true, true, false, false]);
  const one = account(run.toBytes(), [key(3)]);
  assert.deepEqual([permits(one, 3), permits(one, 3, key(8)), permits(account(JOIN_SCOPE, [], 0), 2)], [true, false, false]);
});

test('whatever an account holds, decoding ends with a value or a typed error', () => {
  const sound = account(JOIN_SCOPE, [key(3)]);
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 700 }),
    fc.tuple(fc.nat(sound.length - 1), fc.nat(255)).map(([at, byte]) => sound.map((b, i) => (i === at ? byte : b))),
    fc.nat(sound.length - 1).map((length) => sound.slice(0, length)),
  );
  fc.assert(fc.property(hostile, (bytes) => {
    try {
      const view = decodeAuthorization('here', bytes);
      assert.ok(view.scope.length <= 32 && view.delegates.length <= 16);
    } catch (error) {
      assert.ok(error instanceof ChainError && error.code === 'ACCOUNT_INVALID', String(error));
    }
  }));
});
