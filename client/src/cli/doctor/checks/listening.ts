import { randomBytes } from 'node:crypto';
import bs58 from 'bs58';
import { multiaddr } from '@multiformats/multiaddr';
import { P2pError, P2pNode } from '../../../p2p/index.js';
import { concatBytes } from '../../../protocol/bytes.js';
import { publicKeyOfSeed } from '../../../protocol/ed25519.js';
import { networkOf } from '../../join/network.js';
import { type Check, failure, ok, warning } from '../check.js';

/** Whether this machine can listen where it is told to. Leaves the node that later checks are made with. */
export const listening: Check = {
  name: 'listening',
  async run(patient, signal) {
    const { flags } = patient;
    const seed = new Uint8Array(randomBytes(32));
    try {
      patient.node = await P2pNode.create({
        ...networkOf(flags),
        // of nobody: a client that runs with this machine's key is not disturbed
        secretKey: concatBytes(seed, publicKeyOfSeed(seed)),
        // and of no run: it takes no part in gossip
        run: bs58.encode(new Uint8Array(32)),
        localDiscovery: false,
        relay: false,
        observers: 0,
        signal,
      });
    } catch (error) {
      if (!(error instanceof P2pError)) throw error;
      const reason = error.cause instanceof Error ? ` (${error.cause.message})` : '';
      return failure(`${error.message}${reason}`, 'if a client runs on this machine, that has the port: it says by itself whether it can be reached. Otherwise choose another port with --listen');
    }
    const { node } = patient;
    patient.closing.push(() => node.stop());
    const addresses = node.addresses().map((bytes) => multiaddr(bytes).toString());
    if (flags.listen.length === 0 && flags.announce.length === 0) {
      return warning(`at ${addresses.join(', ')}: any free port, another one each time`, 'join with a port of your choice, e.g. --listen /ip4/0.0.0.0/tcp/9000: only such a one can be passed on by a router or let in by a firewall', addresses);
    }
    return ok(`at ${addresses.join(', ')}`, addresses);
  },
};
