import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, Libp2p } from '@libp2p/interface';
import type { ChaosClient } from './client.js';
import { addressOf, strangerNode } from './observer.js';

const PROTOCOLS = ['/psyche/payload/1', '/psyche/model/1', '/psyche/announcements/1', '/psyche/dial-back/1', '/meshsub/1.2.0', '/libp2p/circuit/relay/0.2.0/hop'];
/** Raw sockets, and keys, that a client sees in each round of it. */
const SOCKETS = 100;
const KEYS = 4;
const STREAMS = 40;
const EVERY_MS = 500;

export interface Harvest {
  connections: number;
  /** Bytes that the model's protocol gave, beyond a refusal. */
  models: number;
}

/**
 * Somebody without a key on the list, at all clients at once until the signal fires.
 * @param root of the model that it asks for
 */
export async function pesterAll(clients: readonly ChaosClient[], root: Uint8Array, signal: AbortSignal): Promise<Harvest> {
  const harvest: Harvest = { connections: 0, models: 0 };
  await Promise.all(clients.map((client) => pester(client, root, harvest, signal)));
  return harvest;
}

async function pester(client: ChaosClient, root: Uint8Array, harvest: Harvest, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // Keys first: a host's raw sockets use up what a client grants to that host.
    const nodes = await Promise.all(Array.from({ length: KEYS }, () => strangerNode()));
    await Promise.all(nodes.map((node) => visit(node, client, root, harvest, signal)));
    const closing = Array.from({ length: SOCKETS }, (_, i) => rawSocket(client.port, i % 2 === 0));
    await delay(EVERY_MS, undefined, { signal }).catch(() => {});
    for (const close of closing) close();
    await Promise.all(nodes.map((node) => node.stop()));
  }
}

/** A connection that says nothing, or nothing that makes sense. @returns ends it */
function rawSocket(port: number, talks: boolean): () => void {
  const socket = connect(port, '127.0.0.1', () => talks && socket.write(randomBytes(2_000)));
  socket.on('error', () => {}).on('data', () => {});
  return () => void socket.destroy();
}

async function visit(node: Libp2p, client: ChaosClient, root: Uint8Array, harvest: Harvest, signal: AbortSignal): Promise<void> {
  try {
    const connection = await node.dial(addressOf(client), { signal });
    harvest.connections++;
    await Promise.all(Array.from({ length: STREAMS }, (_, i) => ask(connection, PROTOCOLS[i % PROTOCOLS.length], i % 2 === 0 ? randomBytes(45) : request(root), harvest)));
  } catch {
    // refused, as it should be
  }
}

/** For the first MiB of a model: kind u8 (1: content) ‖ root ‖ offset u64 ‖ length u32. */
function request(root: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(45);
  bytes[0] = 1;
  bytes.set(root, 1);
  bytes.writeUInt32LE(1 << 20, 41);
  return bytes;
}

async function ask(connection: Connection, protocol: string, bytes: Uint8Array, harvest: Harvest): Promise<void> {
  try {
    const stream = await connection.newStream(protocol, { maxOutboundStreams: 1_000, signal: AbortSignal.timeout(5_000) });
    stream.addEventListener('message', (event) => {
      // one byte of status and eight of a size come with a refusal too
      if (protocol === '/psyche/model/1') harvest.models += Math.max(0, event.data.byteLength - 9);
    });
    stream.send(bytes);
  } catch {
    // refused, as it should be
  }
}
