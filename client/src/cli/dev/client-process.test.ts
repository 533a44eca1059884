import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import type { TimedEvent } from '../../observe/json-lines.js';
import { ClientProcess, describeExit } from './client-process.js';

/** Runs `script` as a client; resolves `first` with its first event. */
function start(script: string): { client: ClientProcess; events: TimedEvent[]; first: Promise<TimedEvent> } {
  const events: TimedEvent[] = [];
  let heard: (event: TimedEvent) => void;
  const first = new Promise<TimedEvent>((resolve) => (heard = resolve));
  const client = new ClientProcess({
    args: ['-e', script],
    onEvent: (event) => {
      events.push(event);
      heard(event);
    },
  });
  return { client, events, first };
}

test('events are read to the last byte; the rest is kept for people', async () => {
  const { client, events } = start(`
    console.log(JSON.stringify({ event: 'info', message: 'one' }));
    console.error('a warning \\x1b[31m');
    process.stdout.write(JSON.stringify({ event: 'info', message: 'two' }));
    process.exitCode = 3;`);
  const exit = await client.exited;
  assert.deepEqual(exit, { code: 3, signal: null });
  assert.deepEqual(events.map((e) => e.event === 'info' && e.message), ['one', 'two']);
  assert.deepEqual(client.lastLines, ['a warning \ufffd[31m']);
  assert.equal(describeExit(exit), 'exited with code 3');
});

test('a client that leaves when asked is not killed', async () => {
  const { client, first } = start(`
    process.on('SIGTERM', () => process.exit(0));
    console.log(JSON.stringify({ event: 'info', message: 'up' }));
    process.stdin.resume();`);
  await first;
  assert.deepEqual(await client.stop(10_000), { code: 0, signal: null });
});

test('a client that ignores the request is ended', async () => {
  const { client, first } = start(`
    process.on('SIGTERM', () => {});
    console.log(JSON.stringify({ event: 'info', message: 'up' }));
    process.stdin.resume();`);
  await first;
  const exit = await client.stop(50);
  assert.equal(exit.signal, 'SIGKILL');
  assert.equal(describeExit(exit), 'was ended by SIGKILL');
  await client.stop(50); // twice is harmless
});

test('a parent that is killed takes its clients along', async () => {
  const module = new URL('./client-process.ts', import.meta.url).href;
  // A client as `join` behaves with PSYCHE_PARENT_PIPE=1: the end of stdin is the end of its parent.
  const child = `process.stdin.on('end', () => process.exit(0)).resume(); console.log(JSON.stringify({ event: 'info', message: String(process.pid) }));`;
  const parent = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', `
      const { ClientProcess } = await import(${JSON.stringify(module)});
      new ClientProcess({ args: ['-e', ${JSON.stringify(child)}], onEvent: (e) => console.log(e.message) });`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(chunk.toString());
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  const deadline = Date.now() + 5000;
  while (isRunning(pid) && Date.now() < deadline) await new Promise((r) => setTimeout(r, 10));
  assert.equal(isRunning(pid), false);
});

/** Alive and not merely waiting to be reaped. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return true;
}
