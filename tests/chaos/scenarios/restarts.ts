import assert from 'node:assert/strict';
import { readFileSync, truncateSync } from 'node:fs';
import { findRound, hasBit } from '../../../client/src/protocol/run-view.js';
import type { ChaosClient } from '../client.js';
import type { ChaosNetwork } from '../network.js';
import { Observer } from '../observer.js';
import type { Scenario } from '../scenario.js';
import { anyDropped, assertPointsKept, pause, steps } from '../waits.js';

/** How often it is tried to end a client between its commitment and its vote. */
const ATTEMPTS = 4;

const commitmentOf = (client: ChaosClient, epoch: number, round: number): Buffer | undefined => {
  const [path] = client.files((name) => name.endsWith(`/commitments/${epoch}-${round}.bin`));
  return path === undefined ? undefined : readFileSync(path);
};

/**
 * Ends `victim` right after it has signed its commitment for a round that cannot be decided without it: `other` is stopped
 * before it can list anything.
 *
 * @returns the round, and what the victim has on its disk of it; undefined where the round was over too soon
 */
async function endAfterCommitment(net: ChaosNetwork, victim: ChaosClient, other: ChaosClient): Promise<{ epoch: number; round: number; stored: Buffer } | undefined> {
  const before = await net.coordinator.fetchRun();
  const run = await net.when('another round opens', (later) => {
    const opened = later.state === 'RoundTrain' && later.epoch === before.epoch && later.round > before.round;
    if (opened) other.freeze();
    return opened || later.epoch > before.epoch;
  });
  const { epoch, round } = run;
  if (epoch === before.epoch) await victim.until((e) => e.event === 'announced' && e.epoch === epoch && e.round >= round, net.signal);
  await victim.kill();
  other.thaw();
  const stored = commitmentOf(victim, epoch, round);
  const now = await net.coordinator.fetchRun();
  return stored !== undefined && now.epoch === epoch && now.round === round ? { epoch, round, stored } : undefined;
}

const sameCommitment: Scenario = {
  name: 'restart-same-commitment',
  says: 'one of two dies between its commitment and its vote: started again it announces the same bytes, and the round is decided with it',
  ci: true,
  limit: 240,
  // Neither can be dropped, nor a round be decided without both.
  setup: { clients: 2, config: { minClients: 2, maxRoundTrainTime: 90, roundWitnessTime: 90, epochTime: 20 } },
  play: async (net) => {
    const [victim, other] = net.clients;
    for (let attempt = 0; ; attempt++) {
      assert.ok(attempt < ATTEMPTS, 'each round was over before the victim could be ended in it');
      await net.together();
      const cut = await endAfterCommitment(net, victim, other);
      victim.start();
      if (cut === undefined) continue;
      const { epoch, round, stored } = cut;
      const run = await net.when(`round ${round} is over`, (later) => later.epoch > epoch || later.round > round || later.state === 'Cooldown');
      const record = findRound(run, epoch, round);
      const index = run.members.find((m) => m.key === victim.key)!.index;
      assert.ok(record !== undefined && record.status === 'Decided' && hasBit(record.bitmap, index), 'the round is decided, with the commitment of the one that died');
      const kept = commitmentOf(victim, epoch, round);
      assert.ok(kept === undefined || kept.equals(stored), 'what is on its disk has not changed');
      const heard = await Observer.ask(net, other, epoch, round);
      const own = new Set(heard.filter((a) => a.index === index).map((a) => Buffer.from(a.bytes).toString('hex')));
      assert.ok(own.size <= 1, `${own.size} commitments of it for one round are known to the other`);
      for (const bytes of own) assert.ok(stored.includes(Buffer.from(bytes, 'hex')), 'the other knows the commitment that was on the disk');
      break;
    }
    await net.together();
  },
  check: (net) => anyDropped(net, net.clients),
};

const CRASHES = 3;

const supervised: Scenario = {
  name: 'crash-restart',
  says: `one of two, under --restart, crashes ${CRASHES} times: it comes back by itself, with its momentum and its points`,
  limit: 240,
  setup: { clients: 2, roles: { 1: { args: ['--restart'] } }, config: { minClients: 2, maxRoundTrainTime: 60, roundWitnessTime: 60, epochTime: 20 } },
  play: async (net) => {
    const [, crashing] = net.clients;
    for (let i = 0; i < CRASHES; i++) {
      await net.together();
      const before = await net.points();
      const place = crashing.events.length;
      crashing.crash();
      await crashing.until((e) => e.event === 'warning' && e.code === 'CLIENT_RESTARTED', net.signal, place);
      await crashing.until((e) => e.event === 'announced', net.signal, place + 1);
      await assertPointsKept(net, before);
    }
    const lost = crashing.events.find((e) => e.event === 'warning' && e.code === 'OPTIMIZER_STATE');
    assert.equal(lost, undefined, 'its residual momentum was there each time');
    await net.together();
  },
  check: (net) => anyDropped(net, net.clients),
};

const torn: Scenario = {
  name: 'torn-files',
  says: 'each file of a killed client is cut in half: it notices, signs nothing twice, and gets the model from peers',
  limit: 180,
  setup: { clients: 3, config: { epochTime: 8, maxRoundTrainTime: 5, roundWitnessTime: 3 } },
  play: async (net) => {
    const [, , victim] = net.clients;
    const { epoch } = await net.together(net.honest, 1);
    await victim.kill();
    const files = victim.files((name) => /\.(bin|log|bytes|payload)$/.test(name) || name.includes('payloads/'));
    for (const path of files) cutInHalf(path);
    net.note(`cut in half: ${files.map((path) => path.slice(victim.who.state.length)).join(', ')}`);
    assert.ok(files.length > 3, 'parameters, residual, journal and commitments were there');
    await pause(net, 1);
    const life = victim.start();
    await net.together(net.honest, epoch + 1);
    const told = victim.events.slice(life).filter((e) => e.event === 'warning').map((e) => e.code);
    assert.ok(told.length > 0, 'it said what it found');
  },
  check: (net) => anyDropped(net, net.clients.slice(0, 2)),
};

function cutInHalf(path: string): void {
  try {
    truncateSync(path, readFileSync(path).length >> 1);
  } catch {
    // a folder
  }
}

const quick: Scenario = {
  name: 'restart-often',
  says: 'one of three is killed and started again at random moments, six times: it never signs twice for one round',
  limit: 240,
  setup: { clients: 3, config: { epochTime: 10, maxRoundTrainTime: 8, roundWitnessTime: 4 } },
  play: async (net) => {
    const [, victim] = net.clients;
    await net.together();
    for (let i = 0; i < 6; i++) {
      const life = victim.events.length;
      await pause(net, net.random() * 2);
      if (!victim.isRunning) continue;
      await victim.kill();
      victim.start();
      await victim.until((e) => e.event === 'joined', net.signal, life);
    }
    await steps(net, 1);
    await net.together();
  },
  check: (net) => anyDropped(net, [net.clients[0], net.clients[2]]),
};

export const restartScenarios = [sameCommitment, supervised, torn, quick];
