import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Keypair } from '@solana/web3.js';
import { loadConfig } from './config.js';
import { coordinatorIdl } from './idl.js';

let folder: string;
let configFile: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'psyche-config-'));
  configFile = join(folder, 'config.yml');
  await writeFile(configFile, `json_rpc_url: "http://127.0.0.1:5000"\nwebsocket_url: "ws://127.0.0.1:6000"\nkeypair_path: ${join(folder, 'id.json')}\ncommitment: processed\n`);
});
after(() => rm(folder, { recursive: true }));

test('what the command line does not say, the solana CLI\'s settings do', async () => {
  const config = await loadConfig({ configFile });
  assert.deepEqual([config.rpcUrl, config.wsUrl, config.commitment], ['http://127.0.0.1:5000', 'ws://127.0.0.1:6000', 'processed']);
  assert.equal(config.programs.coordinator.toBase58(), coordinatorIdl.address);
  await assert.rejects(config.keypair(), { code: 'KEYPAIR_NOT_FOUND' });
});

test('the command line goes first, and its URL does not take the file\'s PubSub along', async () => {
  const config = await loadConfig({ configFile, url: 'd', commitment: 'finalized', keypair: '~/key.json' });
  assert.deepEqual([config.rpcUrl, config.wsUrl, config.commitment], ['https://api.devnet.solana.com', 'wss://api.devnet.solana.com/', 'finalized']);
  assert.equal(config.keypairPath, join(homedir(), 'key.json'));
});

test('several nodes are named at once, on the command line and in the settings', async () => {
  const options = { configFile, url: 'l,http://localhost:5', ws: ',ws://127.0.0.1:6' };
  const config = await loadConfig(options);
  assert.deepEqual([config.rpcUrl, config.wsUrl, config.local], ['http://127.0.0.1:8899', 'ws://127.0.0.1:8900/', true]);
  assert.deepEqual(config.fallbacks, [{ rpcUrl: 'http://localhost:5', wsUrl: 'ws://127.0.0.1:6' }]);
  assert.equal((await loadConfig({ ...options, url: 'l,d' })).local, false);
  const several = join(folder, 'several.yml');
  await writeFile(several, 'json_rpc_url: https://a.example,https://b.example\nwebsocket_url: \'\'\n');
  assert.deepEqual((await loadConfig({ configFile: several })).fallbacks, [{ rpcUrl: 'https://b.example', wsUrl: 'wss://b.example/' }]);
});

test('without either, the solana CLI\'s defaults', async () => {
  const config = await loadConfig({ configFile: join(folder, 'none.yml') });
  assert.deepEqual([config.rpcUrl, config.commitment], ['https://api.mainnet-beta.solana.com', 'confirmed']);
  assert.equal(config.keypairPath, join(homedir(), '.config', 'solana', 'id.json'));
});

test('programs are where one says', async () => {
  const id = Keypair.generate().publicKey.toBase58();
  assert.equal((await loadConfig({ configFile, coordinatorId: id })).programs.coordinator.toBase58(), id);
  process.env.PSYCHE_TREASURER_ID = id;
  assert.equal((await loadConfig({ configFile })).programs.treasurer.toBase58(), id);
  process.env.PSYCHE_TREASURER_ID = 'nonsense';
  await assert.rejects(loadConfig({ configFile }), { code: 'BAD_PROGRAM_ID' });
  delete process.env.PSYCHE_TREASURER_ID;
});
