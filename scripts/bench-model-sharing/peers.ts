import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answers, Message, Order, Started } from './orders.js';

interface Pending {
  resolve: (answer: never) => void;
  reject: (error: Error) => void;
  progress?: (bytes: number) => void;
}

/** One process of the bench. */
export class Peer {
  private readonly pending = new Map<number, Pending>();
  private nextId = 0;
  address!: Started;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (message: Message) => {
      const entry = this.pending.get(message.id);
      if (entry === undefined) return;
      if ('progress' in message) return entry.progress?.(message.progress);
      this.pending.delete(message.id);
      if ('failure' in message) entry.reject(new Error(message.failure));
      else entry.resolve(message.answer as never);
    });
    child.on('exit', () => {
      for (const { reject } of this.pending.values()) reject(new Error('the process ended'));
      this.pending.clear();
    });
  }

  /** @param modelBytes of the model that it serves, if it does. */
  static async start(index: number, modelBytes?: number): Promise<Peer> {
    const peer = new Peer(fork(fileURLToPath(new URL('./peer-process.ts', import.meta.url)), { execArgv: ['--import', 'tsx'], serialization: 'advanced' }));
    peer.address = await peer.ask({ do: 'start', index, ...(modelBytes && { serve: { bytes: modelBytes } }) });
    return peer;
  }

  ask<K extends Order['do']>(order: Extract<Order, { do: K }>, progress?: (bytes: number) => void): Promise<Answers[K]> {
    return new Promise((resolve, reject) => {
      const id = this.nextId++;
      this.pending.set(id, { resolve: resolve as (answer: never) => void, reject, progress });
      this.child.send({ id, order }, (error) => error && reject(error));
    });
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}

/** Connects all of them with each other. */
export async function connect(peers: readonly Peer[]): Promise<void> {
  const members = peers.map(({ address: { nodeKey, multiaddr } }) => ({ nodeKey, multiaddr }));
  await Promise.all(peers.map((peer) => peer.ask({ do: 'connect', members })));
}
