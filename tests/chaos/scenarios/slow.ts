import assert from 'node:assert/strict';
import type { ChaosClient } from '../client.js';
import type { ChaosNetwork } from '../network.js';
import type { Scenario } from '../scenario.js';
import { anyDropped, dropped, pause, stateOf, steps } from '../waits.js';

/** Stops a client at the beginning of each round for a while, as if its gradient took that long. @returns ends it */
function slowDown(net: ChaosNetwork, client: ChaosClient, seconds: number): () => void {
  let last = '';
  let timer: NodeJS.Timeout | undefined;
  const end = net.coordinator.subscribe((run) => {
    const round = `${run.epoch}/${run.round}`;
    if (run.state !== 'RoundTrain' || round === last || stateOf(run, client) !== 'Healthy') return;
    last = round;
    clearTimeout(timer);
    client.freeze();
    timer = setTimeout(() => client.thaw(), seconds * 1000);
  });
  return () => {
    end();
    clearTimeout(timer);
    client.thaw();
  };
}

const slow: Scenario = {
  name: 'slow-trainer',
  says: 'one of three takes 2 s longer for each round: it is waited for, and trains in all of them',
  limit: 200,
  setup: { clients: 3, config: { maxRoundTrainTime: 20, roundWitnessTime: 10, epochTime: 15 } },
  play: async (net) => {
    await net.together();
    const end = slowDown(net, net.clients[2], 2);
    await steps(net, 3);
    end();
    const run = await net.together();
    const rounds = run.members.map((m) => m.acceptedRounds);
    assert.ok(Math.max(...rounds) - Math.min(...rounds) <= 1, `accepted rounds: ${rounds.join(', ')}`);
  },
  check: (net) => anyDropped(net, net.clients),
};

const tooSlow: Scenario = {
  name: 'too-slow-trainer',
  says: 'one of three takes longer than a round may: it is dropped, the others go on, and it is back when it has caught up',
  limit: 150,
  setup: { clients: 3, config: { maxRoundTrainTime: 4, roundWitnessTime: 2, epochTime: 10 } },
  play: async (net) => {
    const [, , slowest] = net.clients;
    await net.together();
    slowest.freeze();
    const { epoch } = await dropped(net, slowest);
    await pause(net, 1);
    slowest.thaw();
    await net.together(net.honest, epoch + 1);
  },
  check: (net) => anyDropped(net, net.clients.slice(0, 2)),
};

const silentWitness: Scenario = {
  name: 'silent-witness',
  says: 'one of four trains, and as a witness neither lists nor votes: the others decide without it',
  limit: 180,
  setup: { clients: 4, roles: { 3: { sabotage: 'silent-witness' } }, config: { maxRoundTrainTime: 5, roundWitnessTime: 3, epochTime: 10 } },
  play: async (net) => {
    await net.together();
    await steps(net, 4);
    await net.together();
  },
  check: (net) => anyDropped(net, net.honest),
};

export const slowScenarios = [slow, tooSlow, silentWitness];
