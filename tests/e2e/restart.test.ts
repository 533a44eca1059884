import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { TimedEvent } from '../../client/src/observe/json-lines.js';
import { TinyNetwork } from './tiny-network.js';

const TIMEOUT_MS = 150_000;
const signal = AbortSignal.timeout(TIMEOUT_MS - 10_000);
const VICTIM = 1;

/** The client itself, not the process that starts it again: it holds the lock of its state folder. */
function clientOf(stateRoot: string): number {
  const lock = readdirSync(stateRoot, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('/lock'))!;
  return Number(readFileSync(join(stateRoot, lock), 'utf8').split(' ')[0]);
}

test('kill -9 under --restart: back in the same epoch with the same model, and nothing is signed twice', { timeout: TIMEOUT_MS }, async () => {
  // Both are needed for a quorum, so the run waits for who is gone, however slow this machine is.
  const change = { totalSteps: 10, epochTime: 600, maxRoundTrainTime: 60, roundWitnessTime: 60 };
  const tiny = await TinyNetwork.start({ clients: 2, played: 1, change }, signal);
  try {
    const events: TimedEvent[] = [];
    const said = new EventEmitter();
    const supervisor = tiny.restart(VICTIM, (event) => (events.push(event), said.emit('event')), ['--restart']);
    const until = (condition: (event: TimedEvent) => boolean, from = 0): Promise<number> =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const at = events.findIndex((event, i) => i >= from && condition(event));
          if (at >= 0) resolve(at);
        };
        said.on('event', check);
        signal.addEventListener('abort', () => reject(new Error(`timed out; the client said ${JSON.stringify(events.slice(-12))}, and ${supervisor.lastLines.join('\n')}`)));
        check();
      });

    await until((e) => e.event === 'announced' && e.round >= 2);
    process.kill(clientOf(tiny.clients[VICTIM].state), 'SIGKILL');
    const killed = await until((e) => e.event === 'warning' && e.code === 'CLIENT_RESTARTED');
    await until((e) => e.event === 'finished', killed);
    assert.deepEqual(await supervisor.exited, { code: 0, signal: null });
    await tiny.crew.finished(() => 1, signal);

    const view = await tiny.coordinator.fetchRun();
    assert.deepEqual([view.state, view.step], ['Finished', 10]);
    const after = events.slice(killed);
    assert.ok(after.some((e) => e.event === 'info' && /back in epoch 0/.test(e.message)), JSON.stringify(after.filter((e) => e.event === 'warning' || e.event === 'info')));
    assert.ok(after.some((e) => e.event === 'announced' && e.epoch === 0), 'it trained on in the epoch');
    assert.ok(!events.some((e) => e.event === 'dropped' || e.event === 'convicted'));
    const [other] = tiny.metrics.clients;
    const last = events.findLast((e) => e.event === 'finished');
    assert.ok(last?.event === 'finished' && last.modelHash === other.finished?.modelHash && last.modelHash.length === 64);
    assert.deepEqual(view.members.map((m) => m.state), ['Healthy', 'Healthy']);
    const points = await Promise.all(tiny.clients.map(async (c) => (await tiny.coordinator.fetchMember(c.node.publicKey.toBase58()))!.points));
    assert.ok(points.every((p) => p > 0n));
    assert.equal(points[0] + points[1] + view.carry, view.pointsAwardedTotal, 'no point is lost');
  } finally {
    await tiny.stop();
  }
});
