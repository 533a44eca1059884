import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSolanaConfig, readSolanaConfig } from './solana-config.js';

test('reads what `solana config set` writes', () => {
  const text = `---
json_rpc_url: http://localhost:8899
websocket_url: ''
keypair_path: /home/someone/.config/solana/id.json
address_labels:
  '11111111111111111111111111111111': System Program
commitment: confirmed
`;
  assert.deepEqual(parseSolanaConfig(text), {
    jsonRpcUrl: 'http://localhost:8899',
    keypairPath: '/home/someone/.config/solana/id.json',
    commitment: 'confirmed',
  });
});

test('understands quotes, and names that are not its own', () => {
  const text = 'keypair_path: \'/it\'\'s/id.json\'\r\nwebsocket_url: "ws:\\u002f/h"\r\n__proto__: x\nconstructor: y\n';
  assert.deepEqual(parseSolanaConfig(text), { keypairPath: "/it's/id.json", websocketUrl: 'ws://h' });
});

test('no file, no settings', async () => {
  assert.deepEqual(await readSolanaConfig('/nowhere/config.yml'), {});
});
