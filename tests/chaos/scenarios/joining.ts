import assert from 'node:assert/strict';
import type { Scenario } from '../scenario.js';
import { anyDropped, assertPointsKept, pause, steps } from '../waits.js';

/** Somebody comes when the others have trained for a while: it takes the model from them, and they do not wait for it. */
function joinUnderWay(others: number): Scenario {
  return {
    name: `join-with-${others}`,
    says: `joins a run under way of ${others}; the model comes from ${others === 1 ? 'the peer' : 'peers'}, who lose no round`,
    ci: others === 1,
    limit: 120,
    setup: { clients: others + 1, first: others, config: { minClients: others } },
    play: async (net) => {
      const newcomer = net.clients[others];
      await steps(net, 2);
      newcomer.start();
      const run = await net.together();
      assert.ok(run.epoch > 0, 'it cannot be in the epoch that was under way');
      assert.ok(newcomer.hasModel, 'the model that was fetched is on its disk');
    },
    check: (net) => [...anyDropped(net, net.clients), ...(net.undecided.size === 0 ? [] : [`undecided rounds: ${[...net.undecided].join(', ')}`])],
  };
}

const rejoin: Scenario = {
  name: 'rejoin-late',
  says: 'one of three leaves, and comes back epochs later with an old state; what it had earned is kept',
  limit: 150,
  setup: { clients: 3, config: { epochTime: 6 } },
  play: async (net) => {
    const [, , wanderer] = net.clients;
    await net.together();
    await wanderer.leave();
    const before = await net.points();
    const { epoch } = await net.coordinator.fetchRun();
    await net.when('the others are two epochs on', (run) => run.epoch >= epoch + 2 && run.state === 'RoundTrain');
    await assertPointsKept(net, before);
    wanderer.start();
    await net.together(net.honest, epoch + 3);
    await assertPointsKept(net, before);
  },
};

const killedNewcomer: Scenario = {
  name: 'kill-newcomer',
  says: 'a newcomer is killed while it fetches the model, and comes back: the others lose no round, and it gets in',
  limit: 150,
  setup: { clients: 3, first: 2, config: { minClients: 2, warmupTime: 30 } },
  play: async (net) => {
    const newcomer = net.clients[2];
    await steps(net, 2);
    // The model takes it seconds.
    newcomer.access.change({ down: { bitsPerSecond: 100_000 } });
    const life = newcomer.start();
    await newcomer.until((e) => e.event === 'info' && e.message.startsWith('fetching the model'), net.signal, life);
    await pause(net, 1);
    assert.equal(newcomer.hasModel, false, 'it has not got it yet');
    await newcomer.kill();
    newcomer.access.clear();
    newcomer.start();
    await net.together();
  },
  check: (net) => anyDropped(net, net.clients.slice(0, 2)),
};

export const joiningScenarios = [joinUnderWay(1), joinUnderWay(2), rejoin, killedNewcomer];
