import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { pesterAll } from '../stranger.js';
import type { Scenario } from '../scenario.js';
import { anyDropped, assertPointsKept, stateOf, steps } from '../waits.js';

const LIAR = 3;

/** Three honest members and one that is not: they go on, two epochs long, and none of them is taken for it. */
function liar(sabotage: string, says: string, options: { ci?: boolean; neverAccepted?: boolean } = {}): Scenario {
  return {
    name: `peer-${sabotage}`,
    says: `one of four ${says}: the others make their steps, and none of them is dropped`,
    ci: options.ci,
    limit: 180,
    setup: { clients: 4, roles: { [LIAR]: { sabotage } }, config: { minClients: 3, maxRoundTrainTime: 3, roundWitnessTime: 3, epochTime: options.ci ? 6 : 8 } },
    play: async (net) => {
      const { epoch } = await net.together();
      await steps(net, options.ci ? 3 : 5);
      const { epoch: now } = await net.coordinator.fetchRun();
      await net.together(net.honest, options.ci ? epoch : Math.max(now, epoch + 1));
    },
    check: (net) => [
      ...anyDropped(net, net.honest),
      ...(options.neverAccepted && net.accepted.has(net.clients[LIAR].key) ? ['work of the one that lies was accepted'] : []),
    ],
  };
}

const poison: Scenario = {
  name: 'peer-poisoned-model',
  says: 'a newcomer is offered changed parameters by one of two members: it loads none of them, and has the model from the other',
  limit: 180,
  setup: { clients: 3, first: 2, roles: { 0: { sabotage: 'poisoned-model' } }, config: { minClients: 2 } },
  play: async (net) => {
    const [, honest, newcomer] = net.clients;
    await steps(net, 2);
    // The honest one is slow, so that the other is heard first.
    honest.access.change({ up: { bitsPerSecond: 300_000 } });
    newcomer.start();
    await net.when('the newcomer is ready', (run) => run.epoch > 0 && stateOf(run, newcomer) === 'Healthy');
    honest.access.clear();
    await net.together(net.clients);
    // What it trained from is in its commitments, and what it made of it in the hash that all vote for.
    assert.ok(newcomer.hasModel);
  },
  check: (net) => anyDropped(net, net.honest),
};

const SECONDS = 10;

const stranger: Scenario = {
  name: 'stranger',
  says: `somebody whose key is on no list connects by the hundred for ${SECONDS} s, with and without handshakes, and asks for everything: no member is slowed out of a round`,
  limit: 150,
  setup: { clients: 3, config: { epochTime: 8, maxRoundTrainTime: 8, roundWitnessTime: 4 } },
  play: async (net) => {
    // From the second epoch on there is a model to ask for.
    const { epochHash } = await net.together(net.honest, 1);
    const before = await net.points();
    const stop = new AbortController();
    const pestering = pesterAll(net.clients, epochHash, AbortSignal.any([net.signal, stop.signal]));
    const done = steps(net, 4);
    await Promise.all([done, delay(SECONDS * 1000, undefined, { signal: net.signal })]);
    stop.abort();
    const { models, connections } = await pestering;
    net.note(`the stranger had ${connections} connections and was given ${models} bytes of a model`);
    assert.ok(connections > 0, 'it got through to somebody, at least for a moment');
    assert.equal(models, 0, 'a model is for members');
    await assertPointsKept(net, before);
    await net.together();
  },
  check: (net) => anyDropped(net, net.clients),
};

export const liarScenarios = [
  liar('garbage', 'sends bytes without sense on every protocol, and as gossip', { ci: true }),
  liar('wrong-hash', 'serves payloads with a bit changed', { neverAccepted: true }),
  liar('bad-payload', 'commits to payloads that decode to nothing', { neverAccepted: true }),
  liar('half-payload', 'ends each answer in the middle', { neverAccepted: true }),
  liar('oversized', 'sends frames and answers without end', { neverAccepted: true }),
  liar('streams', 'opens streams by the thousand'),
  poison,
  stranger,
];
