import type { AccessConditions } from '../access.js';
import type { ChaosNetwork } from '../network.js';
import type { Scenario } from '../scenario.js';
import { anyDropped, pause, steps } from '../waits.js';

/** Deadlines that a slow line can keep. */
const PATIENT = { warmupTime: 40, maxRoundTrainTime: 30, roundWitnessTime: 20, cooldownTime: 40, epochTime: 10 };

function onAll(net: ChaosNetwork, conditions: AccessConditions): void {
  for (const { access } of net.clients) access.change(conditions);
}

/** Packets are lost on every peer's line, each way; the way to the validator is as it was. */
function loss(percent: number, ci: boolean): Scenario {
  const lost = { loss: 1 - Math.sqrt(1 - percent / 100) }; // a packet passes two lines
  return {
    name: `loss-${percent}`,
    says: `${percent} % of the packets between peers are lost, both ways: nobody is dropped`,
    ci,
    limit: 180,
    setup: { clients: 3, config: PATIENT },
    play: async (net) => {
      onAll(net, { up: lost, down: lost });
      await net.together();
      await steps(net, ci ? 1 : 3);
    },
    check: (net) => anyDropped(net, net.clients),
  };
}

const home: Scenario = {
  name: 'home-lines',
  says: 'every peer has 100 Mbit/s down and 10 up, and 80 ms to each other: nobody is dropped',
  limit: 150,
  setup: { clients: 3, config: { ...PATIENT, epochTime: 8 } },
  play: async (net) => {
    onAll(net, { up: { bitsPerSecond: 10e6, latencyMs: 20 }, down: { bitsPerSecond: 100e6, latencyMs: 20 } });
    await net.together();
    await steps(net, 5);
  },
  check: (net) => anyDropped(net, net.clients),
};

const late: Scenario = {
  name: 'client-late',
  says: 'all that one of three sends, to peers and to the validator, comes 2 s late: it is waited for',
  limit: 300,
  setup: { clients: 3, endpoints: 1, config: { ...PATIENT, epochTime: 20 } },
  play: async (net) => {
    net.clients[1].access.change({ up: { latencyMs: 2_000 } });
    await net.together();
    await steps(net, 2);
  },
  check: (net) => anyDropped(net, net.clients),
};

const cut: Scenario = {
  name: 'line-cut',
  says: 'one of four loses all its connections, to the validator too, for 15 s: it finds its way back, the others go on',
  limit: 180,
  setup: { clients: 4, endpoints: 1, config: { epochTime: 12, maxRoundTrainTime: 5, roundWitnessTime: 3 } },
  play: async (net) => {
    const { access } = net.clients[3];
    await net.together();
    const { step, epoch } = await net.coordinator.fetchRun();
    access.change({ state: 'cut' });
    await net.when('a step without it', (run) => run.step > step + 1);
    await pause(net, 15);
    access.change({ state: 'up' });
    await net.together(net.honest, epoch + 1);
  },
  check: (net) => anyDropped(net, net.clients.slice(0, 3)),
};

const silent: Scenario = {
  name: 'half-open',
  says: 'one of three hears and is heard no more, with every connection open, and is back after 15 s',
  limit: 180,
  setup: { clients: 3, endpoints: 1, config: { epochTime: 12, maxRoundTrainTime: 5, roundWitnessTime: 3 } },
  play: async (net) => {
    const { access } = net.clients[2];
    const { epoch } = await net.together();
    access.change({ state: 'silent' });
    await pause(net, 15);
    access.change({ state: 'up' });
    await net.together(net.honest, epoch + 1);
  },
  check: (net) => anyDropped(net, net.clients.slice(0, 2)),
};

const hidden: Scenario = {
  name: 'relayed',
  says: 'two of three can be dialed by nobody: they reach each other through the third, and nobody is dropped',
  limit: 120,
  setup: { clients: 3, roles: { 1: { hidden: true }, 2: { hidden: true } } },
  play: async (net) => {
    await net.together();
    await steps(net, 5);
  },
  check: (net) => [
    ...anyDropped(net, net.clients),
    ...net.clients.slice(1).flatMap((c) => (c.events.some((e) => e.event === 'warning' && e.code === 'NOT_REACHABLE') ? [] : [`${c.label} took itself for reachable`])),
  ],
};

export const lineScenarios = [loss(10, false), loss(30, true), home, late, cut, silent, hidden];
