import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areLocal, MAX_ENDPOINTS, parseEndpoints } from './endpoints.js';

test('nodes are named with commas between them, each once, with PubSub where the solana CLI has it', () => {
  assert.deepEqual(parseEndpoints('d, https://rpc.example/?key=k ,d,'), [
    { rpcUrl: 'https://api.devnet.solana.com', wsUrl: 'wss://api.devnet.solana.com/' },
    { rpcUrl: 'https://rpc.example/?key=k', wsUrl: 'wss://rpc.example/?key=k' },
  ]);
});

test('PubSub URLs belong to the RPC URLs at the same place', () => {
  const usual = 'ws://127.0.0.1:8900/';
  assert.deepEqual(parseEndpoints('l,http://b,http://c', ',ws://x:1').map((e) => e.wsUrl), [usual, 'ws://x:1', 'ws://c/']);
  assert.deepEqual(parseEndpoints('l,http://b', 'wss://x').map((e) => e.wsUrl), ['wss://x', 'ws://b/']);
  assert.deepEqual(parseEndpoints('l,http://b', ' ').map((e) => e.wsUrl), [usual, 'ws://b/']);
});

test('what makes no list is refused by name', () => {
  const many = Array.from({ length: MAX_ENDPOINTS + 1 }, (_, i) => `http://${i + 1}.example`).join();
  for (const [urls, ws] of [['', ''], [',', ''], ['d,nonsense', ''], [many, ''], ['d', 'ws://a,ws://b'], ['d', 'http://a'], ['d', 'ws://'], ['d', 'ws://a#b']]) {
    assert.throws(() => parseEndpoints(urls, ws), { code: 'BAD_URL' }, `${urls} ${ws}`);
  }
});

test('a list is local if all of it is', () => {
  assert.ok(areLocal(parseEndpoints('l,http://localhost:1')));
  assert.ok(!areLocal(parseEndpoints('l,d')));
});
