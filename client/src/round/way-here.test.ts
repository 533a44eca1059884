import assert from 'node:assert/strict';
import { test } from 'node:test';
import bs58 from 'bs58';
import type { RunView } from '../protocol/run-view.js';
import { fromNetworkAddress, toNetworkAddress } from './way-here.js';

const key = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const listed = (...bytes: number[]) => bytes.map((byte) => ({ key: bs58.encode(key(byte)) }));
const view = (state: string, members: number[], pending: number[]) => ({ state, members: listed(...members), pending: listed(...pending) }) as unknown as RunView;

test('through whom a node is found is a place in the next list, of the first relay that is on it', () => {
  const waiting = view('WaitingForMembers', [], [1, 2, 3]);
  assert.deepEqual(toNetworkAddress({ kind: 'through', relays: [key(9), key(3), key(1)] }, waiting), { kind: 'through', index: 2 });
  assert.deepEqual(toNetworkAddress({ kind: 'through', relays: [key(9)] }, waiting), { kind: 'none' });
  assert.deepEqual(toNetworkAddress({ kind: 'none' }, waiting), { kind: 'none' });
  const bytes = Uint8Array.of(4, 1, 2, 3, 4, 6, 0, 80);
  assert.deepEqual(toNetworkAddress({ kind: 'multiaddr', bytes }, waiting), { kind: 'multiaddr', bytes });
});

test('a place is read in the epoch and in the list for the next; one beyond both leads nowhere', () => {
  const through = (index: number) => ({ kind: 'through', index }) as const;
  assert.deepEqual(fromNetworkAddress(through(1), view('WaitingForMembers', [7, 8], [1, 2])), { through: [key(2)] });
  assert.deepEqual(fromNetworkAddress(through(1), view('RoundTrain', [7, 8], [1, 2])), { through: [key(8), key(2)] });
  assert.deepEqual(fromNetworkAddress(through(1), view('RoundTrain', [7, 8], [7, 8])), { through: [key(8)] });
  assert.deepEqual(fromNetworkAddress(through(255), view('RoundTrain', [7, 8], [])), { through: [] });
  assert.deepEqual(fromNetworkAddress({ kind: 'none' }, view('RoundTrain', [7], [])), {});
  assert.deepEqual(fromNetworkAddress(undefined, view('RoundTrain', [7], [])), {});
});
