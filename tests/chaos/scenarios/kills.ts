import assert from 'node:assert/strict';
import type { Scenario } from '../scenario.js';
import { assertPointsKept, dropped, pause, stateOf } from '../waits.js';

const killOne: Scenario = {
  name: 'kill-one',
  says: 'kill -9 of one of three: it is dropped, the others go on, its points are paid',
  ci: true,
  limit: 120,
  setup: { clients: 3, roles: { 1: { fate: 'lost' } }, config: { maxRoundTrainTime: 4, roundWitnessTime: 2, epochTime: 12 } },
  play: async (net) => {
    const [, victim] = net.clients;
    const { epoch } = await net.together(net.clients);
    await victim.kill();
    const before = await net.points();
    const run = await dropped(net, victim);
    assert.equal(run.epoch, epoch, 'dropped in the epoch in which it died');
    await net.when('a step without it', (later) => later.step > run.step + 1);
    await assertPointsKept(net, before);
    await net.together();
  },
};

const killHolder: Scenario = {
  name: 'kill-holder',
  says: 'the only one that has the model dies while a newcomer fetches it, and comes back: the newcomer waits, and gets it',
  ci: true,
  limit: 150,
  setup: { clients: 2, first: 1, config: { warmupTime: 5, epochTime: 5 } },
  play: async (net) => {
    const [holder, newcomer] = net.clients;
    await net.together([holder]);
    newcomer.start();
    await net.when('the newcomer is on the list', (run) => run.pending.some((p) => p.key === newcomer.key));
    // 88 kB take half a minute of this: it dies in the middle, however slow this machine is.
    holder.access.change({ up: { bitsPerSecond: 20_000 } });
    await net.when('the next epoch begins', (run) => run.epoch > 0 && (run.state === 'WaitingForMembers' || run.state === 'Warmup'));
    await pause(net, 0.5);
    await holder.kill();
    const before = await net.points();
    await net.when('a Warmup that nobody can be ready in is over', (run) => run.state === 'WaitingForMembers' && run.members.some((m) => m.forfeited));
    holder.access.clear();
    holder.start();
    await net.together();
    await assertPointsKept(net, before);
  },
};

const waiting: Scenario = {
  name: 'drop-in-waiting',
  says: 'the first of two dies while it waits for the second, and comes back: the run begins with both',
  limit: 120,
  setup: { clients: 2, first: 1, config: { initMinClients: 2, minClients: 2 } },
  play: async (net) => {
    const [first, second] = net.clients;
    const listed = (run: { pending: readonly { key: string }[] }): boolean => run.pending.some((p) => p.key === first.key);
    await net.when('the first is on the list', listed);
    await first.kill();
    await pause(net, 1);
    assert.equal((await net.coordinator.fetchRun()).state, 'WaitingForMembers');
    const life = first.start();
    await first.until((e) => e.event === 'joined', net.signal, life);
    second.start();
    const run = await net.together();
    assert.equal(run.epoch, 0, 'in the first epoch there is');
  },
};

const warmup: Scenario = {
  name: 'leave-in-warmup',
  says: 'all three leave in Warmup, and come back after it: the run goes on from where it was',
  limit: 150,
  setup: { clients: 3, config: { warmupTime: 5, epochTime: 5 } },
  play: async (net) => {
    await net.together();
    const before = await net.points();
    const last = net.clients[2];
    // One that stands still keeps Warmup from being over before anybody has seen it.
    const { epoch } = await net.when('all wait for the next epoch', (run) => run.epoch > 0 && run.state === 'WaitingForMembers' && run.pending.length === 3);
    last.freeze();
    await net.when('a Warmup begins', (run) => run.epoch === epoch && run.state === 'Warmup' && stateOf(run, last) === 'Joined');
    const leaving = Promise.all(net.clients.map((c) => c.leave()));
    last.thaw();
    await leaving;
    await pause(net, 2);
    for (const client of net.clients) client.start();
    await net.together(net.honest, epoch);
    await assertPointsKept(net, before);
  },
};

const everyone: Scenario = {
  name: 'all-leave',
  says: 'all leave in the middle of an epoch and come back later: nothing that was decided is lost',
  ci: true,
  limit: 120,
  setup: { clients: 2, config: { epochTime: 4, maxRoundTrainTime: 4, roundWitnessTime: 2, warmupTime: 8 } },
  play: async (net) => {
    // An epoch that begins from parameters the members agreed on: the seed alone would do for the first.
    await net.together(net.honest, 1);
    await Promise.all(net.clients.map((c) => c.leave()));
    const before = await net.points();
    const { step } = await net.coordinator.fetchRun();
    await pause(net, 2);
    for (const client of net.clients) client.start();
    await net.when('a step is made', (run) => run.step > step);
    await net.together();
    await assertPointsKept(net, before);
  },
};

export const killScenarios = [killOne, killHolder, waiting, warmup, everyone];
