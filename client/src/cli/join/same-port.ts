import { multiaddr } from '@multiformats/multiaddr';
import { P2pError, type P2pNode } from '../../p2p/index.js';
import type { Ports, StateDir } from '../../store/state-dir.js';

/** What `--listen` means when it is not given. */
const ANYWHERE = '/ip4/0.0.0.0/tcp/0';

/**
 * Starts a node where the process before this one listened, if the operator leaves the port open: members know that
 * address from the chain, and find this one without a transaction or a wait. If somebody else has the port by now, any
 * other does.
 * @param listen multiaddrs, as the operator gave them
 */
export async function listenAsBefore(store: Pick<StateDir, 'loadPorts' | 'savePorts'>, listen: readonly string[] | undefined, start: (listen: string[] | undefined) => Promise<P2pNode>): Promise<P2pNode> {
  const node = await startAsBefore(store.loadPorts(), listen, start);
  const ports = portsOf(node.addresses().map((bytes) => multiaddr(bytes).toString()));
  if (Object.keys(ports).length > 0) store.savePorts(ports);
  return node;
}

async function startAsBefore(ports: Ports, listen: readonly string[] | undefined, start: (listen: string[] | undefined) => Promise<P2pNode>): Promise<P2pNode> {
  const given = listen && [...listen];
  const again = withPorts(given ?? [ANYWHERE], ports);
  if (again === undefined) return start(given);
  try {
    return await start(again);
  } catch (error) {
    if (!(error instanceof P2pError) || error.code !== 'CANNOT_LISTEN') throw error;
    return start(given);
  }
}

const OPEN_PORT = /^(.*\/tcp\/)0(?:(\/)(ws))?$/;

/** Fills in the ports that are left open, each once; undefined where there is none to fill in. */
export function withPorts(listen: readonly string[], ports: Ports): string[] | undefined {
  const left = { ...ports };
  let filled = false;
  const addresses = listen.map((address) => {
    const [, before, slash = '', transport = ''] = OPEN_PORT.exec(address) ?? [];
    const port = before === undefined ? undefined : left[transport || 'tcp'];
    if (port === undefined) return address;
    delete left[transport || 'tcp'];
    filled = true;
    return `${before}${port}${slash}${transport}`;
  });
  return filled ? addresses : undefined;
}

/** The ports of a node's addresses. Best come first, and those may be a router's: the last ones are the machine's own. */
export function portsOf(addresses: readonly string[]): Ports {
  const found = addresses.flatMap((address) => {
    const [, port, transport = 'tcp'] = /^\/ip[46]\/[^/]+\/tcp\/(\d+)(?:\/(ws))?$/.exec(address) ?? [];
    return port === undefined ? [] : [[transport, Number(port)] as const];
  });
  return Object.fromEntries(found);
}
