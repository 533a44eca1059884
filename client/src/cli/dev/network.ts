import { join } from 'node:path';
import { startValidator } from '../../../../localnet/src/index.js';
import { Chain, type ProgramIds, programIds } from '../../chain/index.js';
import { PsycheError } from '../../errors.js';
import { clusterUrl, isLocalCluster, webSocketUrl } from '../../chain/cluster.js';
import { PROJECT_ROOT } from '../../version.js';

/** A local Solana cluster with the programs on it. */
export interface Network {
  chain: Chain;
  url: string;
  wsUrl: string;
  /** What it is, for people. */
  name: string;
  stop(): Promise<void>;
}

/**
 * The embedded validator on free ports, or the one at `url`.
 * @throws PsycheError `NOT_LOCAL`, `NO_PROGRAMS`
 */
export async function openNetwork(url?: string): Promise<Network> {
  return url === undefined ? startNetwork() : existing(clusterUrl(url));
}

/** The embedded validator on free ports. @param slotMs length of a slot; Solana's 400 ms unless told */
export async function startNetwork(slotMs?: number): Promise<Network> {
  const ids = programIds();
  const deployed = (name: keyof ProgramIds): { id: string; path: string } => ({
    id: ids[name].toBase58(),
    path: join(PROJECT_ROOT, 'programs', 'deploy', `${name}.so`),
  });
  const validator = await startValidator({ port: 0, slotMs, programs: [deployed('authorizer'), deployed('coordinator'), deployed('treasurer')] });
  const chain = open(validator.url, validator.wsUrl, ids);
  return {
    chain,
    url: validator.url,
    wsUrl: validator.wsUrl,
    name: 'embedded validator',
    stop: async () => {
      chain.close();
      await validator.stop();
    },
  };
}

async function existing(url: string): Promise<Network> {
  // Keys made here live in a folder that is thrown away: nothing of value may ever be sent to them.
  if (!isLocalCluster(url)) throw new PsycheError('NOT_LOCAL', `${url} is not on this machine: dev plays with throw-away keys, use create-run and join there.`);
  const ids = programIds();
  const chain = open(url, webSocketUrl(url), ids);
  for (const [name, id] of Object.entries(ids)) {
    if ((await chain.account(id))?.executable !== true) {
      chain.close();
      throw new PsycheError('NO_PROGRAMS', `the ${name} program is not at ${id.toBase58()} on ${url}: deploy programs/deploy/${name}.so there first (solana program deploy --program-id tools/keypairs/${name}-keypair.json).`);
    }
  }
  return { chain, url, wsUrl: webSocketUrl(url), name: url, stop: async () => chain.close() };
}

function open(rpcUrl: string, wsUrl: string, programs: ProgramIds): Chain {
  return new Chain({ rpcUrl, wsUrl, commitment: 'confirmed', programs });
}
