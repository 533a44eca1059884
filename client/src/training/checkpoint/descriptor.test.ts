import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CheckpointDescriptor, descriptorHash, encodeDescriptor, isFileName, parseDescriptor } from './descriptor.js';
import { childLocation, formatLocation, parseLocation } from './location.js';
import { checkStoreLocation, epochLocation } from './publish.js';
import { code } from './testing/index.js';

const hash = 'ab'.repeat(32);
const good: CheckpointDescriptor = {
  version: 1,
  root: hash,
  step: 7,
  epoch: 0,
  run: '1'.repeat(32),
  manifest: hash,
  optimizerState: 'optimizer.bin',
  files: [
    { name: 'config.json', bytes: 0, sha256: hash },
    { name: 'optimizer.bin', bytes: 5, sha256: hash },
  ],
};

test('a descriptor comes back, whatever the order of its files', () => {
  assert.deepEqual(parseDescriptor(encodeDescriptor(good)), good);
  assert.equal(descriptorHash({ ...good, files: [...good.files].reverse() }), descriptorHash(good));
  const { version, root, files } = good;
  assert.deepEqual(parseDescriptor(encodeDescriptor({ version, root, files })), { version, root, files });
});

test('a torn descriptor is none, and neither is one that lies about names and sizes', () => {
  const text = encodeDescriptor(good);
  for (let length = 0; length < text.trimEnd().length; length += 17) assert.throws(() => parseDescriptor(text.slice(0, length)), code('CHECKPOINT_DAMAGED'));
  const file = good.files[0];
  const changes: object[] = [
    { version: 2 }, { version: [[]] }, { root: hash.toUpperCase() }, { root: undefined }, { step: -1 }, { step: 1.5 }, { epoch: 2 ** 40 }, { run: '../x' }, { manifest: 7 },
    { optimizerState: 'other' }, { files: [] }, { files: 'x' }, { files: [null] }, { files: [file, { ...file, name: 'CONFIG.json' }] },
    ...['../x', '/x', 'a/b', '.x', '', 'x.part', 'lock', 'psyche-checkpoint.json', 'a\0', 'x'.repeat(200)].map((name) => ({ files: [{ ...file, name }] })),
    ...[-1, 0.5, 2 ** 50, '3', null].map((bytes) => ({ files: [{ ...file, bytes }] })),
    { files: [{ ...file, sha256: 'ab' }] },
  ];
  for (const change of changes) assert.throws(() => parseDescriptor(JSON.stringify({ ...good, optimizerState: undefined, ...change })), code('CHECKPOINT_DAMAGED'), JSON.stringify(change));
  assert.throws(() => parseDescriptor(' '.repeat(2 ** 20 + 1)), code('CHECKPOINT_DAMAGED'));
  assert.ok(isFileName('model-00001-of-00002.safetensors'));
});

test('locations are read as operators write them', () => {
  assert.deepEqual(parseLocation('hf://owner/na.me'), { kind: 'hub', repository: 'owner/na.me' });
  assert.deepEqual(parseLocation('hf://owner/name@refs%2Fpr%2F1/a/b/'), { kind: 'hub', repository: 'owner/name', revision: 'refs/pr/1', subfolder: 'a/b' });
  assert.equal(formatLocation(parseLocation('hf://owner/name@refs%2Fpr%2F1/a/b')), 'hf://owner/name@refs%2Fpr%2F1/a/b');
  assert.equal(formatLocation(childLocation(parseLocation('https://host/x'), 'epoch 1')), 'https://host/x/epoch%201');
  assert.equal(formatLocation(childLocation(parseLocation('/srv/x'), 'e')), '/srv/x/e');
  for (const local of ['http://127.0.0.1:8000/x', 'http://localhost/x', 'http://[::1]/x']) assert.equal(formatLocation(parseLocation(local)), local);
  assert.throws(() => parseLocation('http://host/x'), code('LOCATION_INSECURE'));
  assert.equal(parseLocation('http://host/x', { allowHttp: true }).kind, 'http');
  for (const text of ['', 'ftp://x/y', 'https://', 'https://user:secret@host/x', 'https://host/x?a=b', 'hf://owner', 'hf://owner/name/../x', 'hf://owner/name@a..b', 'hf://owner/name@%zz', 'p2p://x']) {
    assert.throws(() => parseLocation(text), code('LOCATION_INVALID'), text);
  }
  assert.throws(() => parseLocation('https://user:secret@host/x'), /PSYCHE_CHECKPOINT_TOKEN/);
});

test('a run knows beforehand whether its locations fit the chain', () => {
  const store = parseLocation('https://host/checkpoints');
  checkStoreLocation(store);
  assert.equal(formatLocation(epochLocation(store, 12, hash)), 'https://host/checkpoints/epoch-12-abababab');
  assert.throws(() => checkStoreLocation(parseLocation(`https://host/${'x'.repeat(100)}`)), code('LOCATION_TOO_LONG'));
  checkStoreLocation(parseLocation('hf://owner/name'));
  assert.throws(() => checkStoreLocation(parseLocation(`hf://owner/${'x'.repeat(90)}`)), code('LOCATION_TOO_LONG'));
});
