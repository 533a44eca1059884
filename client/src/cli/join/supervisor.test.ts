import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Decision, Ending } from './restart-policy.js';
import { supervise } from './supervisor.js';

const folder = mkdtempSync(join(tmpdir(), 'psyche-supervisor-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `script` as the client until the policy has had enough. In the script, `n` is how often it was started before. */
function run(name: string, script: string, decide: (ending: Ending, n: number) => Decision, more: { signal?: AbortSignal; graceMs?: number; onStart?: () => void } = {}) {
  const starts = join(folder, name);
  const endings: Ending[] = [];
  const codes: string[] = [];
  const code = `const fs = require('fs'); const file = ${JSON.stringify(starts)};
    const n = fs.existsSync(file) ? fs.readFileSync(file).length : 0; fs.appendFileSync(file, 'x');
    process.stdin.on('end', () => process.exit(9)).resume();
    ${script}`;
  const policy = { next: (ending: Ending) => (endings.push(ending), decide(ending, endings.length)) };
  const emit = (event: { event: string; code?: string }): void => void codes.push(event.code ?? event.event);
  const done = supervise({ args: ['-e', code], emit, signal: more.signal ?? new AbortController().signal, policy, graceMs: more.graceMs });
  return { done, endings, codes, starts };
}
const again: Decision = { again: true, afterMs: 1 };
const enough: Decision = { again: false, why: 'enough' };

test('a client is started again until there is no reason to, with what it said on its way', async () => {
  const { done, endings, codes } = run(
    'crashes',
    `if (n === 0) process.kill(process.pid, 'SIGKILL');
     if (n === 1) process.send({ client: 'joined' }, () => process.send({ client: 'failed', error: 'RPC_UNREACHABLE' }, () => process.exit(1)));
     if (n === 2) process.send({ client: 5 }, () => process.exit(0));`,
    (ending) => (ending.code === 0 ? enough : again),
  );
  assert.equal(await done, 0);
  assert.deepEqual(endings.map(({ lasted: _, ...rest }) => rest), [
    { code: null, signal: 'SIGKILL', joined: false },
    { code: 1, signal: null, joined: true, error: 'RPC_UNREACHABLE' },
    { code: 0, signal: null, joined: false },
  ]);
  assert.deepEqual(codes, ['CLIENT_RESTARTED', 'CLIENT_RESTARTED']);
});

test('whoever stops the supervisor stops the client, which is not started again', async () => {
  const stop = new AbortController();
  const leaves = run('leaves', `process.on('SIGTERM', () => process.exit(0)); fs.appendFileSync(file + '.up', 'x');`, () => again, { signal: stop.signal });
  while (!existsSync(`${leaves.starts}.up`)) await new Promise((resolve) => setTimeout(resolve, 10));
  stop.abort();
  assert.equal(await leaves.done, 0);
  assert.deepEqual([leaves.endings, readFileSync(leaves.starts, 'utf8')], [[], 'x']);

  const insist = new AbortController();
  const stays = run('stays', `process.on('SIGTERM', () => {}); fs.appendFileSync(file + '.up', 'x');`, () => again, { signal: insist.signal, graceMs: 50 });
  while (!existsSync(`${stays.starts}.up`)) await new Promise((resolve) => setTimeout(resolve, 10));
  insist.abort();
  assert.equal(await stays.done, 137);
});

test('while it waits before a start nothing is started any more', async () => {
  const stop = new AbortController();
  const { done, starts } = run('waits', 'process.exit(1);', () => (setImmediate(() => stop.abort()), { again: true, afterMs: 600_000 }), { signal: stop.signal });
  assert.equal(await done, 1);
  assert.equal(readFileSync(starts, 'utf8'), 'x');
});

test('a supervisor that is killed takes its client along', async () => {
  const file = join(folder, 'orphan');
  appendFileSync(file, '');
  const child = `process.stdin.on('end', () => { require('fs').appendFileSync(${JSON.stringify(file)}, 'left'); process.exit(0); }).resume(); console.log('up');`;
  const module = new URL('./supervisor.ts', import.meta.url).href;
  const script = `const { supervise } = await import(${JSON.stringify(module)});
    await supervise({ args: ['-e', ${JSON.stringify(child)}], emit: () => {}, signal: new AbortController().signal });`;
  const supervisor = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(supervisor.stdout, 'data');
  supervisor.kill('SIGKILL');
  // The pipe ends when the last process that has it is gone, the client's too.
  await once(supervisor.stdout.resume(), 'end');
  assert.equal(readFileSync(file, 'utf8'), 'left');
});
