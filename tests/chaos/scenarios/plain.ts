import type { Scenario } from '../scenario.js';

const EPOCHS = 3;

/** Nothing happens: what everything else is compared with. */
function plain(clients: number): Scenario {
  return {
    name: `plain-${clients}`,
    says: `${clients === 1 ? 'one client' : `${clients} clients`} for ${EPOCHS} epochs; the held-out loss falls`,
    limit: 150,
    setup: { clients, config: { epochTime: 5 } },
    play: async (net) => {
      await net.when(`epoch ${EPOCHS - 1} trains`, (run) => run.epoch === EPOCHS - 1 && run.state === 'RoundTrain');
    },
    check: (net, { epochs, lossFirst, lossLast }) => [
      ...(epochs === EPOCHS ? [] : [`${epochs} epochs, not ${EPOCHS}`]),
      ...(lossLast < lossFirst ? [] : [`the held-out loss went from ${lossFirst} to ${lossLast}`]),
      ...(net.undecided.size === 0 ? [] : [`undecided rounds: ${[...net.undecided].join(', ')}`]),
      ...net.clients.flatMap((c) => (net.metrics.clients[c.index].epochsDropped.length === 0 ? [] : [`${c.label} was dropped`])),
    ],
  };
}

export const plainScenarios = [plain(1), plain(2)];
