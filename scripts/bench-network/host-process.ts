import { Chain, programIds } from '../../client/src/chain/index.js';
import { TrainingEngine } from '../../client/src/training/index.js';
import { answering } from './child.js';
import type { ClientLog } from './client-log.js';
import { type ClientOrder, runRecordedClient } from './recorded-client.js';
import { recordedEngine } from './recorded-engine.js';
import { ReplayedEngine } from './replayed-engine.js';
import { OutgoingSockets } from './sockets.js';
import { readTape } from './tape.js';
import type { TrainingTimes } from './training-time.js';

/** What the clients of one process are told. */
export interface HostOrder {
  clients: ClientOrder[];
  rpcUrl: string;
  wsUrl: string;
  /** The run's address. */
  run: string;
  /** A tape's file, and the manifest that it has to fit. */
  tape: string;
  manifest: string;
  times: TrainingTimes;
  /** A real engine with recorded gradients, or one that is recorded as a whole. */
  engine: 'real' | 'replayed';
}

export type HostNote = { joined: number; rss: number } | { connected: { local: number; remote: number } };

/** One or more clients of a run, each with everything of its own but the process. */
answering(async (order: HostOrder, tell: (note: HostNote) => void, signal): Promise<ClientLog[]> => {
  const tape = await readTape(order.tape, order.manifest);
  if (tape === undefined) throw new Error(`${order.tape} does not fit the run`);
  const { clients, rpcUrl, wsUrl, run, times } = order;
  const ports = new Set([rpcUrl, wsUrl].map((url) => Number(new URL(url).port)));
  const sockets = new OutgoingSockets(ports, (local, remote) => tell({ connected: { local, remote } }));
  let joined = 0;
  const chains: Chain[] = [];
  try {
    return await Promise.all(
      clients.map((client) => {
        const chain = new Chain({ rpcUrl, wsUrl, commitment: 'processed', programs: programIds() });
        chains.push(chain);
        return runRecordedClient(client, {
          chain,
          run,
          engine: async (manifest) => {
            if (order.engine === 'replayed') return new ReplayedEngine(manifest, tape, times);
            return recordedEngine(await TrainingEngine.create(manifest, { backend: 'wasm', signal }), tape, times);
          },
          usage: (p2p) => {
            const { bytesUp, bytesDown } = p2p.stats();
            const { user, system } = process.cpuUsage();
            return {
              peersUp: bytesUp,
              peersDown: bytesDown,
              chainUp: sockets.bytesUp / clients.length,
              chainDown: sockets.bytesDown / clients.length,
              cpuMs: (user + system) / 1000 / clients.length,
              rss: process.memoryUsage.rss() / clients.length,
            };
          },
          onJoined: () => tell({ joined: ++joined, rss: process.memoryUsage.rss() }),
        }, signal);
      }),
    );
  } finally {
    for (const chain of chains) chain.close();
  }
});
