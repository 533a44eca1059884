import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeApart } from './apart.js';
import { chosenOf, describe } from './handler.js';
import type { Probe } from './probe.js';

const works = (kind: 'gpu' | 'webgpu' | 'node' | 'wasm', tokensPerSecond = 1000): Probe => ({
  kind, works: true, name: `${kind}'s name`, device: 'a device', precision: 'float32', reproducible: kind === 'wasm', memoryBytes: 2 ** 30, tokensPerSecond,
});
const fails: Probe = { kind: 'gpu', works: false, installed: false, reason: 'there is none', advice: 'Buy one.' };

test('the best that works is marked, whatever the speeds, and the others say why not', () => {
  const before = process.env.PSYCHE_BACKEND;
  delete process.env.PSYCHE_BACKEND;
  try {
    const found = [fails, works('node', 10), works('wasm', 9000)];
    assert.equal(chosenOf(found), 'node');
    assert.equal(chosenOf([fails]), undefined);
    const text = describe(found, 'node');
    assert.match(text, /→ +node +node's name +a device +1\.0 GiB +10 +float32/);
    assert.match(text, / {3}wasm .* 9000 /);
    assert.match(text, /gpu +there is none\. Buy one\./);
    process.env.PSYCHE_BACKEND = 'wasm';
    assert.equal(chosenOf(found), 'wasm');
    process.env.PSYCHE_BACKEND = 'gpu';
    assert.equal(chosenOf(found), undefined);
  } finally {
    if (before === undefined) delete process.env.PSYCHE_BACKEND;
    else process.env.PSYCHE_BACKEND = before;
  }
});

test('a backend is opened and measured in a process of its own', async () => {
  const found = await probeApart('wasm', 1, 1);
  assert.ok(found.works, JSON.stringify(found));
  assert.ok(found.tokensPerSecond! > 0 && found.name.startsWith('wasm'));
});

test('one that crashes, hangs or talks nonsense does no harm', async () => {
  const apart = (code: string, patience?: number): Promise<Probe> => probeApart('gpu', 1, 0, { program: ['-e', code, '--'], patience });
  for (const [code, reason] of [
    ["process.kill(process.pid, 'SIGSEGV')", /died of SIGSEGV/],
    ["console.error('driver\\u001b[2J too old'); process.exit(3)", /ended with 3: driver.\[2J too old/],
    ["console.log('hello')", /ended with 0/],
  ] as const) {
    const found = await apart(code);
    assert.ok(!found.works && found.installed);
    assert.match(found.reason, reason);
  }
  const hung = await apart('setInterval(() => {}, 1000)', 300);
  assert.ok(!hung.works);
  assert.match(hung.reason, /hung and was stopped/);
});
