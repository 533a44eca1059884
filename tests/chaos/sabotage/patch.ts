import type { Connection, Libp2p } from '@libp2p/interface';

/*
 * What is loaded into the process of a client that is to misbehave, before the client itself: the process stays a real client,
 * whose classes do something else here and there. Nothing in the client knows of it.
 */

/** A module of the very client that this process is about to run. @param path below client/src, ending in .js */
export const clientModule = async (path: string): Promise<any> => import(new URL(path, process.env['CHAOS_CLIENT']).href);

/** From the first Warmup on, does something to each connection with another member, again and again. Failures are its own affair. */
export async function harass(everyMs: number, attack: (connection: Connection, libp2p: Libp2p) => unknown): Promise<void> {
  const { P2pNode } = await clientModule('p2p/node.js');
  const { waitForPeers } = P2pNode.prototype;
  let begun = false;
  P2pNode.prototype.waitForPeers = function (this: { libp2p: Libp2p }, ...args: unknown[]): unknown {
    if (!begun) setInterval(() => this.libp2p.getConnections().forEach((connection) => void quietly(() => attack(connection, this.libp2p))), everyMs).unref();
    begun = true;
    return waitForPeers.apply(this, args);
  };
}

/** Whatever a peer does to who attacks it is no failure of this process. */
export async function quietly(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch {
    // it was cut off, which is as it should be
  }
}
