import assert from 'node:assert/strict';
import { EventEmitter, once, setMaxListeners } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { ClientProcess } from '../../client/src/cli/dev/client-process.js';
import type { TimedEvent } from '../../client/src/observe/json-lines.js';
import { TinyNetwork } from './tiny-network.js';

const TIMEOUT_MS = 170_000;
const signal = AbortSignal.timeout(TIMEOUT_MS - 10_000);
setMaxListeners(0, signal);
const STEPS = 12;

/** A client under `join --restart`, and what it and the processes before it said. */
class Kept {
  readonly events: TimedEvent[] = [];
  readonly supervisor: ClientProcess;
  private readonly said = new EventEmitter();

  constructor(tiny: TinyNetwork, index: number) {
    this.state = tiny.clients[index].state;
    this.supervisor = tiny.restart(index, (event) => (this.events.push(event), this.said.emit('event')), ['--restart']);
  }
  private readonly state: string;

  /** Resolves with the place of the first event, from a place on, for which a condition holds. */
  async until(condition: (event: TimedEvent) => boolean, from = 0): Promise<number> {
    for (;;) {
      const at = this.events.findIndex((event, i) => i >= from && condition(event));
      if (at >= 0) return at;
      await once(this.said, 'event', { signal }).catch(() => Promise.reject(new Error(`timed out; ${this.told()}`)));
    }
  }

  /** For a failing test's message. */
  told(): string {
    const said = this.events.filter((e) => e.event !== 'stats' && e.event !== 'points').slice(-40);
    return `the client said ${said.map((e) => JSON.stringify(e)).join('\n')}\n${this.supervisor.lastLines.join('\n')}`;
  }

  /** Ends the client itself, not the process that starts it again: it holds the lock of its state folder. */
  kill(): void {
    const lock = readdirSync(this.state, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('/lock'))!;
    process.kill(Number(readFileSync(join(this.state, lock), 'utf8').split(' ')[0]), 'SIGKILL');
  }
}

const isRestarted = (e: TimedEvent): boolean => e.event === 'warning' && e.code === 'CLIENT_RESTARTED';
const hasAnnounced = (round: number) => (e: TimedEvent): boolean => e.event === 'announced' && e.round >= round;

test('kill -9 of one, then of all: they come back into the same epoch by themselves, and nothing is lost or signed twice', { timeout: TIMEOUT_MS }, async () => {
  // Both are needed for a quorum, so the run waits for who is gone, however slow this machine is.
  const change = { totalSteps: STEPS, epochTime: 600, maxRoundTrainTime: 60, roundWitnessTime: 60 };
  const tiny = await TinyNetwork.start({ clients: 2, played: 2, change }, signal);
  try {
    const clients = [0, 1].map((index) => new Kept(tiny, index));
    const [, victim] = clients;
    await victim.until(hasAnnounced(2));
    victim.kill();
    const back = await victim.until(isRestarted);
    await victim.until(hasAnnounced(5), back);
    for (const client of clients) client.kill();
    const all = await Promise.all(clients.map((client) => client.until(isRestarted, client === victim ? back + 1 : 0)));
    const ends = await Promise.all(clients.map((client, i) => client.until((e) => e.event === 'finished', all[i])));
    for (const { supervisor } of clients) assert.deepEqual(await supervisor.exited, { code: 0, signal: null });

    const view = await tiny.coordinator.fetchRun();
    assert.deepEqual([view.state, view.step, view.epoch], ['Finished', STEPS, 1], 'all in one epoch');
    assert.deepEqual(view.members.map((m) => m.state), ['Healthy', 'Healthy']);
    for (const [i, { events }] of clients.entries()) {
      const after = events.slice(all[i]);
      const told = JSON.stringify(after.filter((e) => e.event === 'warning' || e.event === 'info'));
      assert.ok(after.some((e) => e.event === 'info' && /back in epoch 0/.test(e.message)), told);
      assert.ok(after.some((e) => e.event === 'announced' && e.epoch === 0), `it trained on in the epoch: ${told}`);
      assert.ok(!events.some((e) => e.event === 'dropped' || e.event === 'convicted'));
    }
    const hashes = clients.map(({ events }, i) => (events[ends[i]] as Extract<TimedEvent, { event: 'finished' }>).modelHash);
    assert.deepEqual(hashes, [hashes[0], hashes[0]]);
    const points = await Promise.all(tiny.clients.map(async (c) => (await tiny.coordinator.fetchMember(c.node.publicKey.toBase58()))!.points));
    assert.ok(points.every((p) => p > 0n));
    assert.equal(points[0] + points[1] + view.carry, view.pointsAwardedTotal, 'no point is lost');
    assert.equal(view.pointsAwardedTotal, BigInt(STEPS) * view.config.pointsPerStep);
  } finally {
    await tiny.stop();
  }
});
