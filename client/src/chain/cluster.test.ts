import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterUrl, isLocalCluster, webSocketUrl } from './cluster.js';

test('monikers and their first letters are the solana CLI\'s', () => {
  assert.equal(clusterUrl('localhost'), 'http://127.0.0.1:8899');
  assert.equal(clusterUrl('l'), clusterUrl('localhost'));
  assert.equal(clusterUrl('d'), 'https://api.devnet.solana.com');
  assert.equal(clusterUrl('t'), 'https://api.testnet.solana.com');
  assert.equal(clusterUrl('m'), 'https://api.mainnet-beta.solana.com');
  assert.equal(clusterUrl('http://10.0.0.1:1234'), 'http://10.0.0.1:1234');
});

test('what is no URL is refused by name', () => {
  assert.throws(() => clusterUrl('devnett'), { code: 'BAD_URL' });
  assert.throws(() => clusterUrl('ftp://host'), { code: 'BAD_URL' });
});

test('PubSub is one port up where there is a port', () => {
  assert.equal(webSocketUrl('http://127.0.0.1:8899'), 'ws://127.0.0.1:8900/');
  assert.equal(webSocketUrl('https://api.devnet.solana.com'), 'wss://api.devnet.solana.com/');
  assert.equal(webSocketUrl('https://rpc.example/?key=k'), 'wss://rpc.example/?key=k');
});

test('only this machine is local', () => {
  assert.ok(isLocalCluster('http://127.0.0.1:8899'));
  assert.ok(isLocalCluster('http://localhost:1'));
  assert.ok(!isLocalCluster('https://127.0.0.1.example.org'));
});
