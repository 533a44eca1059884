import assert from 'node:assert/strict';
import { TreasurerClient } from '../../../client/src/chain/index.js';
import type { ChaosNetwork } from '../network.js';
import type { Scenario } from '../scenario.js';
import { anyDropped, assertPointsKept, pause, steps } from '../waits.js';

const nobodyDropped = (net: ChaosNetwork): string[] => anyDropped(net, net.clients);

/** The whole chain stands still: its clock too, so nobody can be late. */
function validatorPaused(seconds: number, ci: boolean): Scenario {
  return {
    name: `validator-paused-${seconds}`,
    says: `the validator stands still for ${seconds} s in the middle of a round: a delay, and nobody is dropped`,
    ci,
    limit: 100 + 2 * seconds,
    setup: { clients: 3, config: { epochTime: 10, maxRoundTrainTime: 10, roundWitnessTime: 5 } },
    play: async (net) => {
      await net.together();
      const before = await net.points();
      const { step, epoch } = await net.coordinator.fetchRun();
      net.validator.pause();
      await pause(net, seconds);
      net.validator.resume();
      const run = await net.when('two steps more', (later) => later.step >= step + 2);
      assert.ok(run.epoch === epoch || run.epoch === epoch + 1);
      await assertPointsKept(net, before);
      await net.together();
    },
    check: nobodyDropped,
  };
}

const SLOW_CHAIN = { warmupTime: 60, maxRoundTrainTime: 40, roundWitnessTime: 30, cooldownTime: 60, epochTime: 20 };

const validatorLate: Scenario = {
  name: 'validator-late',
  says: 'each answer and notification of the validator comes 2 s late: rounds take longer, and nobody is dropped',
  limit: 300,
  setup: { clients: 2, endpoints: 1, config: SLOW_CHAIN },
  play: async (net) => {
    const [{ rpc, pubsub }] = net.endpoints;
    for (const access of [rpc, pubsub]) access.change({ up: { latencyMs: 2_000 } });
    await net.together();
    await steps(net, 1);
  },
  check: nobodyDropped,
};

const endpointGone: Scenario = {
  name: 'endpoint-gone',
  says: 'the first of two RPC endpoints is gone, then comes back and the second goes: the run goes on each time',
  limit: 150,
  setup: { clients: 2, endpoints: 2, config: { epochTime: 12, maxRoundTrainTime: 20, roundWitnessTime: 10 } },
  play: async (net) => {
    const [first, second] = net.endpoints;
    await net.together();
    for (const access of [first.rpc, first.pubsub]) access.change({ state: 'cut' });
    await steps(net, 3);
    for (const access of [first.rpc, first.pubsub]) access.clear();
    for (const access of [second.rpc, second.pubsub]) access.change({ state: 'cut' });
    await steps(net, 3);
    await net.together();
  },
  check: nobodyDropped,
};

const endpointSilent: Scenario = {
  name: 'endpoint-silent',
  says: 'the first of two RPC endpoints takes connections and answers nothing: the second is used',
  limit: 200,
  setup: { clients: 2, endpoints: 2, config: SLOW_CHAIN },
  play: async (net) => {
    await net.together();
    const [{ rpc, pubsub }] = net.endpoints;
    for (const access of [rpc, pubsub]) access.change({ state: 'silent' });
    await steps(net, 2);
  },
  check: nobodyDropped,
};

const pubsubSilent: Scenario = {
  name: 'pubsub-silent',
  says: 'notifications stop without a word, and later the WebSocket is cut: polling bridges both',
  limit: 150,
  setup: { clients: 2, endpoints: 1, config: { epochTime: 12, maxRoundTrainTime: 20, roundWitnessTime: 10 } },
  play: async (net) => {
    const [{ pubsub }] = net.endpoints;
    await net.together();
    pubsub.change({ state: 'silent' });
    await steps(net, 2);
    pubsub.change({ state: 'cut' });
    await steps(net, 2);
    pubsub.clear();
    await net.together();
  },
  check: nobodyDropped,
};

const STEPS = 40;

const pauseAndResume: Scenario = {
  name: 'pause-and-resume',
  says: `the creator pauses the run and resumes it: clients stay, and finish all ${STEPS} steps`,
  limit: 150,
  setup: { clients: 2, exitOnPause: false, config: { totalSteps: STEPS, epochTime: 2 } },
  play: async (net) => {
    await steps(net, 2);
    await net.pauseRun();
    const paused = await net.when('the run is paused', (run) => run.state === 'Paused');
    const before = await net.points();
    await pause(net, 2);
    assert.equal((await net.coordinator.fetchRun()).state, 'Paused', 'nothing goes on while it is paused');
    const treasurer = new TreasurerClient(net.network.chain, net.run, net.authority);
    await treasurer.resumeRun(await treasurer.fetch(), { signal: net.signal });
    await net.when('all steps are made', (run) => run.state === 'Finished');
    assert.ok(paused.step < STEPS, 'it was paused before the end');
    await assertPointsKept(net, before);
  },
  check: (net, { steps: made }) => [...nobodyDropped(net), ...(made === STEPS ? [] : [`${made} steps, not ${STEPS}`])],
};

export const chainScenarios = [validatorPaused(8, true), validatorPaused(30, false), validatorLate, endpointGone, endpointSilent, pubsubSilent, pauseAndResume];
